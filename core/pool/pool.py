"""`Pool`: a persistent heap in a file, whose last commit nothing short of the disk's death can lose."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from types import TracebackType

from ..errors import InvalidArgument, PoolError
from ..watch import UNWATCHED, Watch
from .arguments import check_alignment, check_array, check_key, check_length, check_size, check_value
from .attach import PoolBacking, reader_root, writer_root
from .files import Attachable, MemoryFile, open_file
from .layout import PAGE, Root, valid_base
from .locks import FileLocks
from .mapping import mapper_for
from .session import PoolSession
from .stats import PoolStats, Trace, TraceEvent


class Pool:
    """A heap in a file, at the same addresses in every session: GNU mmalloc's, made crash-safe.

    Made by `attach`. Blocks live at addresses from `base` on; those are the pool's own and not this
    process's: `view` gives the memory of a block. What isn't committed is gone with the process; what
    is, stays. As a context manager it detaches at the end, and commits unless an exception ended the
    block.

    Every operation on a detached pool raises `PoolError` (EBADF), and on one with a damaged file may
    raise `PoolCorrupt`. They come one at a time, from any thread. After one that was interrupted halfway,
    by Ctrl-C say, only `detach(commit=False)` is left: the rest raises `PoolError` (EINTR).
    """

    def __init__(
        self, backing: PoolBacking, root: Root, *, read_only: bool, resident_limit: int | None = None
    ):
        self._session = PoolSession(backing, root, read_only=read_only, resident_limit=resident_limit)
        self._trace: Trace | None = None

    @classmethod
    def attach(
        cls,
        file: Attachable | None = None,
        base: int | None = None,
        read_only: bool = False,
        resident_limit: int | None = None,
    ) -> Pool:
        """The heap in `file`, a path or an open file; a new one if there is none yet, or it is empty.

        An open file is opened anew: its position and its closing stay its owner's. None: in no file,
        gone when it is detached. `base` is the address at which the pool begins, a multiple of 4096;
        None: what it is already, or for a new one something random, so that pools don't overlap. New
        files are readable and writable by their owner only. `resident_limit`: see `over`.

        A writer locks the file until it detaches or ends. Readers beside it look at the commit that was
        the last when they attached, for as long as they stay.

        Raises `PoolError` with the errno if the file can't be opened or has a writer already (EAGAIN),
        `SourceError` if it is no pool, `PoolCorrupt` if it is a damaged one, `InvalidArgument` for a
        base that isn't the pool's.
        """
        if base is not None and not (isinstance(base, int) and valid_base(base)):
            raise InvalidArgument(
                f"not an address for a pool to begin at: {base!r}", hint="a multiple of 4096"
            )
        if file is None:
            if read_only:
                raise InvalidArgument("a pool in no file has nothing to read")
            return cls.over(PoolBacking(MemoryFile()), base, resident_limit=resident_limit)
        with ExitStack() as undo:
            opened = open_file(file, read_only=read_only)
            undo.callback(opened.close)
            backing = PoolBacking(opened, FileLocks(opened), mapper_for(opened))
            pool = cls.over(backing, base, read_only=read_only, resident_limit=resident_limit)
            undo.pop_all()
        return pool

    @classmethod
    def over(
        cls,
        backing: PoolBacking,
        base: int | None = None,
        *,
        read_only: bool = False,
        resident_limit: int | None = None,
    ) -> Pool:
        """The heap over any file layer.

        `resident_limit` is how many bytes of it stay in memory, of small blocks and of large ones each,
        when more is used; None: 256 MiB of large ones, and of small ones a quarter of the memory.
        """
        root = reader_root(backing) if read_only else writer_root(backing, base)
        if base not in (None, root.base):
            raise InvalidArgument(f"the pool begins at {root.base:#x}, not at {base:#x}")
        return cls(backing, root, read_only=read_only, resident_limit=resident_limit)

    @property
    def base(self) -> int:
        """The address at which the pool begins, the same at every attach."""
        return self._session.root.base

    @property
    def generation(self) -> int:
        """The number of the commit that this pool stands on."""
        return self._session.root.generation

    def malloc(self, size: int) -> int:
        """The address of a new block of `size` bytes, a multiple of 8. Its content is not defined.

        Raises `InvalidArgument` for sizes below 1, `PoolError` for what is too large (ENOMEM) or more
        than the disk has room for (ENOSPC).
        """
        address = self._session.run(lambda heap: heap.malloc(check_size(size)))
        if self._trace:
            self._trace(TraceEvent("malloc", address, size))
        return address

    def calloc(self, count: int, size: int) -> int:
        """The address of a new block of `count` times `size` bytes, all zeros. Raises as `malloc` does."""
        address = self._session.run(lambda heap: heap.calloc(check_array(count, size)))
        if self._trace:
            self._trace(TraceEvent("calloc", address, count * size))
        return address

    def realloc(self, address: int | None, size: int) -> int:
        """The block at `address` with `size` bytes, as many of the old ones kept as fit; where it is now.

        It moves only if it must. Views on the block as it was don't follow it. None or 0: a new block.
        Raises as `malloc` and `free` do, and then the block is as it was.
        """
        moved = self._session.run(lambda heap: heap.realloc(address or 0, check_size(size)))
        if self._trace:
            self._trace(TraceEvent("realloc", moved, size, address or 0))
        return moved

    def free(self, address: int) -> None:
        """Frees the block at `address`. The space can be used again at once, in the file after a commit.

        Raises `BlockError` unless a live block begins there.
        """
        size = self._session.run(lambda heap: heap.free(address))
        if self._trace:
            self._trace(TraceEvent("free", address, size))

    def memalign(self, alignment: int, size: int) -> int:
        """The address of a new block, a multiple of `alignment`.

        Raises as `malloc` does, and `InvalidArgument` unless the alignment is a power of two.
        """
        address = self._session.run(lambda heap: heap.memalign(check_alignment(alignment), check_size(size)))
        if self._trace:
            self._trace(TraceEvent("memalign", address, size))
        return address

    def valloc(self, size: int) -> int:
        """The address of a new block at the beginning of a page of 4096 bytes. Raises as `malloc` does."""
        return self.memalign(PAGE, size)

    def size_of(self, address: int) -> int:
        """How many bytes the block at `address` was asked to have. Raises `BlockError` if there is none."""
        return self._session.run(lambda heap: heap.directory.block(address)[2], writes=False)

    def view(
        self, address: int, size: int | None = None, *, writable: bool = True, verify: bool = True
    ) -> memoryview:
        """The memory of the block at `address`, or its first `size` bytes, without a copy.

        What is written through it is committed by the next commit, as long as the view is held or was
        since the last. A commit, a detach, a free or the pool's growth leave it where it is; what is
        written to it after the block was freed or the pool detached goes nowhere.

        `writable=False` spares the next commit from looking for what was written; a pool attached
        read-only gives no other. `verify=False` skips comparing with the checksums what comes from the
        file, which reads all of it.

        Raises `BlockError`, `InvalidArgument` for more than the block has, `PoolCorrupt` if the file's
        content doesn't fit its checksum. A view of a large block reads the file as it is touched: if
        somebody cuts the file meanwhile, the kernel kills the process (mmap(2), SIGBUS).
        """
        writable = writable and not self.read_only
        length = None if size is None else check_length(size)
        return self._session.run(
            lambda heap: heap.view(address, length, writable=writable, verify=verify), writes=False
        )

    def read_into(self, address: int, buffer: memoryview, offset: int = 0) -> None:
        """Fills the buffer with the bytes of the block at `address` from `offset` on.

        Other than a view this reads a large block with pread(2), so that a file that somebody cuts
        meanwhile is an error and no signal, and compares just the pages in question with their checksums.

        Raises `BlockError`, `InvalidArgument` for more than the block has, `PoolCorrupt`, `PoolError`;
        then the buffer's content is undefined.
        """
        self._session.run(lambda heap: heap.read_into(address, offset, buffer), writes=False)

    def write_from(
        self, address: int, buffer: memoryview, offset: int = 0, sums: Sequence[int] | None = None
    ) -> None:
        """Writes the buffer to the block at `address`, from `offset` on; the next commit has it.

        Other than through a view, bytes of a large block go to the file at once, and take no memory.
        `sums`, for a large block and whole pages of it, are the CRC-32s of those, if the caller has them.

        Raises `BlockError`, `InvalidArgument` for more than the block has, `PoolError`, `PoolCorrupt` if
        what stays of a page is damaged; then what the block has where it was to be written is undefined.
        """
        self._session.run(lambda heap: heap.write_from(address, offset, buffer, sums))

    def set_key(self, number: int, address: int | None) -> None:
        """Keeps `address` as root `number`, 0 to 15.

        Any number of 64 bits will do: it is the caller's own. None or 0 takes it away.
        """
        self._session.run(lambda _: self._session.keys.__setitem__(check_key(number), check_value(address)))

    def get_key(self, number: int) -> int | None:
        """What root `number` was last set to, None if to nothing."""
        return self._session.run(lambda _: self._session.keys[check_key(number)] or None, writes=False)

    def commit(self, watch: Watch | None = None) -> None:
        """Makes all that changed since the last commit durable, or, if it raises, nothing.

        After a `PoolError` the last commit stands, the changes are still there, and another commit can
        be tried; likewise after the Interrupted that is raised once the watch, asked while much is
        written or the disk is waited for, says so. From the root record's writing on it isn't asked.
        Costs what was touched, whatever the pool's size. Nothing changed: does nothing.
        """
        self._session.run(lambda heap: self._session.commit(heap, watch))

    def compact(self, watch: Watch = UNWATCHED) -> None:
        """Commits, and moves all pages to the file's beginning, so that none of it is unused.

        Takes time in proportion to what there is to gain. Pages that readers look at, or that a view of
        a large block shows, can't move, and then this may do nothing. Raises as `commit` does. Once
        the watch, asked now and then, says so, it ends; Interrupted is raised if the commit that it
        begins with isn't durable then.
        """
        self._session.run(lambda heap: self._session.compact(heap, watch))

    def detach(self, commit: bool = True) -> None:
        """Commits and lets the file go; `commit=False` gives up what wasn't committed.

        Views that are still held stay as they are. Raises as `commit` does, and then stays attached.
        """
        self._session.detach(commit=commit)

    def stats(self) -> PoolStats:
        """Figures about the pool (mmstats)."""
        return self._session.run(self._session.stats, writes=False)

    def check(self, watch: Watch = UNWATCHED) -> None:
        """Checks every invariant (mmcheck).

        Each page of the last commit against its checksum, all of the pool's tables against each other,
        and the guards behind all blocks, uncommitted ones included.

        Takes time in proportion to the file. Raises `PoolCorrupt`, which says what is broken, and
        Interrupted once the watch, asked now and then, says so.
        """
        self._session.run(lambda heap: self._session.check(heap, watch), writes=False)

    def trace(self, callback: Trace | None) -> None:
        """Has `callback` called with a `TraceEvent` after each operation on a block (mmtrace); None: no more.

        What the callback raises comes out of the operation, which is done by then.
        """
        self._trace = callback

    @property
    def errno(self) -> int:
        """That of the system call for which the last operation failed, else 0 (mmalloc_errno)."""
        return self._session.errno

    @property
    def torn(self) -> bool:
        """Whether an operation was interrupted halfway, so that only `detach(commit=False)` is left."""
        return self._session.torn

    @property
    def read_only(self) -> bool:
        """Whether it was attached so; then whatever would change it raises `PoolError` (EROFS)."""
        return self._session.read_only

    def __del__(self) -> None:
        # Nobody can detach it any more; its lock must not wait for the collector of cycles.
        if "_session" in self.__dict__ and self._session.attached:
            self._session.release()

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._session.attached:
            return
        if error is None:
            self.detach()
        else:
            with suppress(PoolError):  # the exception under way says more
                self.detach(commit=False)

    def __repr__(self) -> str:
        state = "" if self._session.attached else ", detached"
        mode = ", read-only" if self.read_only else ""
        return (
            f"Pool({self.base:#x}, generation {self.generation}, {self._session.blocks} blocks{mode}{state})"
        )
