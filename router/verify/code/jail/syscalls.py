"""Numbers of the system calls that code under test may make; everything else is refused.

The list is what CPython's interpreter, its threads and its file functions need. Left out on purpose:
making processes and programs (fork, vfork, clone3, execve), sockets, signals to others, ptrace, mounts and
namespaces, bpf, keyctl, userfaultfd, io_uring, perf, shared memory, memfd (its pages escape the address
space limit), links. Columns: x86-64, then aarch64, a dash where that machine has no such call.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import Final


AUDIT_ARCH: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
COLUMN: Final = {"x86_64": 0, "aarch64": 1}
X32_BIT: Final = 0x40000000

_TABLE: Final = """
read 0 63, write 1 64, open 2 -, close 3 57, stat 4 -, fstat 5 80, lstat 6 -, poll 7 -, lseek 8 62,
mmap 9 222, mprotect 10 226, munmap 11 215, brk 12 214, rt_sigaction 13 134, rt_sigprocmask 14 135,
rt_sigreturn 15 139, pread64 17 67, pwrite64 18 68, readv 19 65, writev 20 66, access 21 -, pipe 22 -,
select 23 -, sched_yield 24 124, mremap 25 216, msync 26 227, mincore 27 232, madvise 28 233, dup 32 23,
dup2 33 -, pause 34 -, nanosleep 35 101, getitimer 36 102, alarm 37 -, setitimer 38 103, getpid 39 172,
sendfile 40 71, exit 60 93, wait4 61 260, uname 63 160, flock 73 32, fsync 74 82, fdatasync 75 83,
ftruncate 77 46, getdents 78 -, getcwd 79 17, chdir 80 49, fchdir 81 50, rename 82 -, mkdir 83 -,
rmdir 84 -, creat 85 -, unlink 87 -, readlink 89 -, umask 95 166, gettimeofday 96 169, getrlimit 97 163,
getrusage 98 165, sysinfo 99 179, times 100 153, getuid 102 174, getgid 104 176, geteuid 107 175,
getegid 108 177, getppid 110 173, getpgrp 111 -, getgroups 115 158, getresuid 118 148, getresgid 120 150,
rt_sigpending 127 136, rt_sigtimedwait 128 137, rt_sigsuspend 130 133, sigaltstack 131 132, statfs 137 43,
fstatfs 138 44, gettid 186 178, time 201 -, futex 202 98, sched_getaffinity 204 123, getdents64 217 61,
restart_syscall 219 128, clock_gettime 228 113, clock_getres 229 114, clock_nanosleep 230 115,
exit_group 231 94, epoll_wait 232 -, epoll_ctl 233 21, openat 257 56, mkdirat 258 34, newfstatat 262 79,
unlinkat 263 35, renameat 264 38, readlinkat 267 78, faccessat 269 48, pselect6 270 72, ppoll 271 73,
set_robust_list 273 99, epoll_pwait 281 22, eventfd2 290 19, epoll_create1 291 20, dup3 292 24,
pipe2 293 59, renameat2 316 276, getrandom 318 278, statx 332 291, rseq 334 293, close_range 436 436,
faccessat2 439 439, membarrier 324 283, getcpu 309 168
"""

_ON_PATHS: Final = """
truncate 76 45, chmod 90 -, fchmod 91 52, fchmodat 268 53, utimensat 280 88
"""
"""Change files by name in ways that Landlock does not forbid, or not on every kernel: see `seccomp`."""

_GUARDED: Final = """
clone 56 220, fcntl 72 25, kill 62 129, tgkill 234 131, ioctl 16 29, prctl 157 167, prlimit64 302 261,
socketpair 53 199
"""


def _numbers(table: str, machine: str) -> dict[str, int]:
    rows = (row.split() for row in table.replace("\n", " ").split(","))
    column = 1 + COLUMN[machine]
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


def allowed(machine: str, own_root: bool) -> dict[str, int]:
    """Calls that may be made with any arguments; some only where the root shows no file of this machine."""
    return _numbers(_TABLE, machine) | (_numbers(_ON_PATHS, machine) if own_root else {})


def guarded(machine: str) -> dict[str, int]:
    """Calls that depend on an argument: see `seccomp`."""
    return _numbers(_GUARDED, machine)
