"""pt-find with patterns and YARA rules from files, in both debuggers."""

from __future__ import annotations

import pytest
from support.asking import run_json

RULES = """
rule needles {
  strings: $heap = "ptatlas-heap-needle" $any = /ptatlas-[a-z]+-needle/
  condition: all of them
}
"""


def test_patterns_of_a_file_are_found_in_one_pass(looking, looked_at, tmp_path):
    heap = looked_at.place("heap").address
    path = tmp_path / "patterns"
    numbers = "\n".join(f"u64 {0x1122334455660000 + number}" for number in range(3000))
    path.write_text(f"# what is wanted\n{numbers}\nstr ptatlas-heap-needle\nexpr &marker\n")
    document = run_json(looking, f"pt-find --patterns {path} -k heap -k module")
    assert document["patterns"][3000] == {"type": "str", "text": "ptatlas-heap-needle"}
    assert (hex(heap), 3000) in [(hit["address"], hit["pattern"]) for hit in document["hits"]]
    assert document["patterns"][3001]["text"] == "&marker"


def test_a_bad_line_is_the_debugger_s_own_error(looking, tmp_path):
    path = tmp_path / "patterns"
    path.write_text("str fine\nu8 1000\n")
    assert f"pt-find: {path}, line 2: " in looking.run(f"pt-find --patterns {path}")


def test_rules_match_and_their_strings_are_placed(looking, looked_at, tmp_path):
    path = tmp_path / "rules.yar"
    path.write_text(RULES)
    document = run_json(looking, f"pt-find --yara {path} -k heap")
    place = hex(looked_at.place("heap").address)
    assert [(hit["address"], hit["rule"], hit["string"]) for hit in document["hits"]][:2] == [
        (place, "needles", "$heap"),
        (place, "needles", "$any"),
    ]
    assert document["areas_cut"] == 0


@pytest.mark.parametrize("form", ["table", "csv", "jsonl"])
def test_rules_are_told_in_every_form(looking, tmp_path, form):
    path = tmp_path / "rules.yar"
    path.write_text(RULES)
    assert "needles" in looking.run(f"pt-find --yara {path} -k heap --format {form}")


def test_a_bad_rule_is_the_debugger_s_own_error(looking, tmp_path):
    path = tmp_path / "rules.yar"
    path.write_text("rule a {\n condition: $b\n}\n")
    assert f"pt-find: {path}, line 2: unknown pattern `$b`" in looking.run(f"pt-find --yara {path}")
