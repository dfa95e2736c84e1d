"""`Pool`: a persistent heap in a file, whose last commit only the loss of the disk can destroy."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from types import TracebackType

from ..arguments import as_buffer, as_callable, as_kind
from ..errors import InvalidArgument, PoolError
from ..files.paths import File
from ..integers import as_integer_if_given
from ..watch import UNWATCHED, Watch
from .arguments import (
    check_alignment,
    check_array,
    check_key,
    check_length,
    check_size,
    check_sums,
    check_value,
)
from .attach import PoolBacking, reader_root, writer_root
from .files import MemoryFile, open_file
from .layout import PAGE, Root, valid_base
from .locks import FileLocks
from .mapping import mapper_for
from .session import PoolSession
from .stats import PoolStats, Trace, TraceEvent


class Pool:
    """A heap in a file, at the same addresses in every session: GNU mmalloc's, made crash-safe.

    Made by `attach`. Blocks live at addresses from `base` on; those are the pool's own and not this
    process's: `view` gives the memory of a block. Committed changes stay; all others end with the process.
    As a context manager it detaches at the end, and commits unless an exception ended the block.

    Every operation on a detached pool raises `PoolError` (EBADF), and on one with a damaged file may
    raise `PoolCorrupt`. Operations run one at a time, from any thread. After one that was interrupted
    halfway, by Ctrl-C for instance, only `detach(commit=False)` works: all others raise `PoolError` (EINTR).
    """

    def __init__(
        self, backing: PoolBacking, root: Root, *, read_only: bool, resident_limit: int | None = None
    ):
        self._session = PoolSession(backing, root, read_only=read_only, resident_limit=resident_limit)
        self._trace: Trace | None = None

    @classmethod
    def attach(
        cls,
        file: File | None = None,
        base: int | None = None,
        read_only: bool = False,
        resident_limit: int | None = None,
    ) -> Pool:
        """Return the heap in `file`, a path or an open file; a new one if the file is missing or empty.

        An open file is opened anew: its position and its closing stay its owner's. None: a heap in memory,
        gone when it is detached. `base` is the address at which the pool begins, a multiple of 4096;
        None: the one it has, or for a new pool a random one, so that pools don't overlap. New files are
        readable and writable by their owner only. `resident_limit`: see `over`.

        A writer locks the file until it detaches or ends. Readers beside it see the commit that was the last
        when they attached, for as long as they stay attached.

        Raises `PoolError` with the errno if the file can't be opened or has a writer already (EAGAIN),
        `SourceError` if it is not a pool, `PoolCorrupt` if it is a damaged one, `InvalidArgument` for a
        base that isn't the pool's.
        """
        base = as_integer_if_given(base)
        if base is not None and not valid_base(base):
            raise InvalidArgument(
                f"not an address for a pool to begin at: {base:#x}", hint="a multiple of 4096"
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
        """Return the heap over any file layer.

        `resident_limit` is how many bytes stay in memory, of small blocks and of large ones each, when more
        is used; None: 256 MiB of large ones, and for small ones a quarter of the machine's memory.
        """
        if resident_limit is not None:
            resident_limit = check_size(resident_limit)
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
        """The number of the commit that this pool is based on."""
        return self._session.root.generation

    def malloc(self, size: int) -> int:
        """Return the address of a new block of `size` bytes, a multiple of 8. Its content is undefined.

        A block of 0 bytes has an address of its own, too, until it is freed. Raises `InvalidArgument` for
        negative sizes, `PoolError` if the size is too large (ENOMEM) or more
        than the disk has room for (ENOSPC).
        """
        address = self._session.run(lambda heap: heap.malloc(check_size(size)))
        if self._trace:
            self._trace(TraceEvent("malloc", address, size))
        return address

    def calloc(self, count: int, size: int) -> int:
        """Return the address of a new block of `count` times `size` bytes, all zeros.

        Raises as `malloc` does.
        """
        address = self._session.run(lambda heap: heap.calloc(check_array(count, size)))
        if self._trace:
            self._trace(TraceEvent("calloc", address, count * size))
        return address

    def realloc(self, address: int | None, size: int) -> int:
        """Resize the block at `address` to `size` bytes, and keep old content that fits; return its address.

        It moves only if it must. Views on the old block don't follow it. None or 0: allocate a new block.
        Raises as `malloc` and `free` do, and then the block is unchanged.
        """
        moved = self._session.run(lambda heap: heap.realloc(address or 0, check_size(size)))
        if self._trace:
            self._trace(TraceEvent("realloc", moved, size, address or 0))
        return moved

    def free(self, address: int | None) -> None:
        """Free the block at `address`. Its space is reusable at once, in the file after a commit.

        None: does nothing. Raises `BlockError` unless a live block begins there.
        """
        if address is None:
            return
        size = self._session.run(lambda heap: heap.free(address))
        if self._trace:
            self._trace(TraceEvent("free", address, size))

    def memalign(self, alignment: int, size: int) -> int:
        """Return the address of a new block, a multiple of `alignment`.

        Raises as `malloc` does, and `InvalidArgument` unless the alignment is a power of two.
        """
        address = self._session.run(lambda heap: heap.memalign(check_alignment(alignment), check_size(size)))
        if self._trace:
            self._trace(TraceEvent("memalign", address, size))
        return address

    def valloc(self, size: int) -> int:
        """Return the address of a new block at a multiple of 4096. Raises as `malloc` does."""
        return self.memalign(PAGE, size)

    def size_of(self, address: int) -> int:
        """Return the size requested for the block at `address`. Raises `BlockError` if none begins there."""
        return self._session.run(lambda heap: heap.directory.block(address)[2], writes=False)

    def view(
        self, address: int, size: int | None = None, *, writable: bool = True, verify: bool = True
    ) -> memoryview:
        """Return the memory of the block at `address`, or its first `size` bytes, without a copy.

        Writes through the view are part of the next commit if the view is still held then, or was at any time
        since the last commit. A commit, a detach, a free or the pool's growth doesn't move it; writes after
        the block was freed or the pool detached are lost.

        `writable=False` saves the next commit from searching the view for changes; a pool attached read-only
        returns only such views. `verify=False` skips the comparison of the file's content with its checksums,
        which would read all of it.

        Raises `BlockError` if no block begins there, `InvalidArgument` for more bytes than the block has,
        `PoolCorrupt` if the file's content doesn't match its checksum. A view of a large block reads the file
        when touched: if another process cuts the file meanwhile, the kernel kills this one (mmap(2), SIGBUS).
        """
        writable = writable and not self.read_only
        length = None if size is None else check_length(size)
        return self._session.run(
            lambda heap: heap.view(address, length, writable=writable, verify=verify), writes=False
        )

    def read_into(self, address: int, buffer: memoryview, offset: int = 0) -> None:
        """Fill the buffer with the bytes of the block at `address` from `offset` on.

        Unlike a view this reads a large block with pread(2), so that a file cut meanwhile is an error and not
        a signal, and compares only the pages it reads with their checksums.

        Raises `BlockError` if no block begins there, `InvalidArgument` for more bytes than the block has,
        `PoolCorrupt` if a page is damaged, `PoolError` if it can't be read; then the buffer's content is
        undefined.
        """
        view, start = as_buffer(buffer, writable=True), check_length(offset)
        self._session.run(lambda heap: heap.read_into(address, start, view), writes=False)

    def write_from(
        self, address: int, buffer: memoryview, offset: int = 0, sums: Sequence[int] | None = None
    ) -> None:
        """Write the buffer to the block at `address`, from `offset` on; the next commit includes it.

        Unlike writes through a view, bytes of a large block go to the file at once and take no memory.
        `sums`, for a large block and whole pages of it, are their CRC-32s, if the caller has them.

        Raises `BlockError` if no block begins there, `InvalidArgument` for more bytes than the block has,
        `PoolError` if the file can't be written, `PoolCorrupt` if the rest of a page is damaged; then the
        block's content in that range is undefined.
        """
        view, start = as_buffer(buffer, writable=False), check_length(offset)
        known = None if sums is None else check_sums(sums)
        self._session.run(lambda heap: heap.write_from(address, start, view, known))

    def set_key(self, number: int, address: int | None) -> None:
        """Store `address` as root `number`, 0 to 15.

        Any 64-bit number is accepted: its meaning is the caller's. None or 0 removes it.
        """
        self._session.run(lambda _: self._session.keys.__setitem__(check_key(number), check_value(address)))

    def get_key(self, number: int) -> int | None:
        """Return the value last set for root `number`, or None if there is none."""
        return self._session.run(lambda _: self._session.keys[check_key(number)] or None, writes=False)

    def commit(self, watch: Watch | None = None) -> None:
        """Make all that changed since the last commit durable, or, if it raises, nothing.

        After a `PoolError` the last commit stands, the changes are kept, and another commit can be tried. The
        same holds after Interrupted, raised if the watch asks for it; it is polled during large writes and
        while waiting for the disk, but not once the root record is being written.
        Costs what was touched, whatever the pool's size. If nothing changed, does nothing.
        """
        checked = None if watch is None else as_kind(watch, Watch)
        self._session.run(lambda heap: self._session.commit(heap, checked))

    def compact(self, watch: Watch = UNWATCHED) -> None:
        """Commit, and move all pages to the file's beginning, so that none of it is unused.

        Takes time in proportion to the space to gain. Pages that readers use, or that a view of a large block
        shows, can't move; then this may do nothing. Raises as `commit` does. Stops once the watch, polled
        now and then, asks for it; Interrupted is raised if the initial commit isn't durable by then.
        """
        as_kind(watch, Watch)
        self._session.run(lambda heap: self._session.compact(heap, watch))

    def detach(self, commit: bool = True) -> None:
        """Commit and close the file; `commit=False` discards uncommitted changes.

        Views that are still held stay as they are. Raises as `commit` does, and then stays attached.
        """
        self._session.detach(commit=commit)

    def stats(self) -> PoolStats:
        """Return figures about the pool (mmstats)."""
        return self._session.run(self._session.stats, writes=False)

    def check(self, watch: Watch = UNWATCHED) -> None:
        """Check every invariant (mmcheck).

        Compares each page of the last commit with its checksum, all of the pool's tables with each other,
        and checks the guards behind all blocks, uncommitted ones included.

        Takes time in proportion to the file. Raises `PoolCorrupt`, which lists what is broken, and
        Interrupted if the watch, polled now and then, asks for it.
        """
        as_kind(watch, Watch)
        self._session.run(lambda heap: self._session.check(heap, watch), writes=False)

    def trace(self, callback: Trace | None) -> None:
        """Call `callback` with a `TraceEvent` after each operation on a block (mmtrace); None: stop.

        What the callback raises comes out of the operation, which is complete by then.
        """
        self._trace = as_callable(callback)

    @property
    def errno(self) -> int:
        """The errno of the system call that made the last operation fail, else 0 (mmalloc_errno).

        What the pool refuses by itself (a size, an address, a change of what is read-only) is no failure of
        the system: its errno is that of the error alone.
        """
        return self._session.errno

    @property
    def torn(self) -> bool:
        """Whether an operation was interrupted halfway, so that only `detach(commit=False)` works."""
        return self._session.torn

    @property
    def read_only(self) -> bool:
        """Whether the pool was attached read-only; changes then raise `PoolError` (EROFS)."""
        return self._session.read_only

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
            with suppress(PoolError):  # the current exception is more informative
                self.detach(commit=False)

    def __repr__(self) -> str:
        state = "" if self._session.attached else ", detached"
        mode = ", read-only" if self.read_only else ""
        return (
            f"Pool({self.base:#x}, generation {self.generation}, {self._session.blocks} blocks{mode}{state})"
        )
