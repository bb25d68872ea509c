"""Code under test does not get out: not to processes, files, network or memory of this machine."""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from router.domain.kinds import Verdict
from router.verify.code import Calls, Case, Limits
from tests.verify.code import attempts, openfield
from tests.verify.code.unprivileged import USER
from tests.verify.code.walls import QUICK, Wall

SECRET = "sesame-5d1c0e"
ROOMY = Limits(cpu_s=5, wall_s=10.0, total_s=20.0)


def contained(wall: Wall, source: str, target: Any, proof: str = "escaped", limits: Limits = QUICK) -> None:
    """The attempt was run, did not prove that it got out, and brought nothing secret into the evidence."""
    tests = Calls((Case("attempt", (target,), proof),))
    finding = wall.check(source, tests, limits)
    assert finding.verdict in (Verdict.FAILED, Verdict.UNVERIFIED), finding
    assert not finding.evidence.startswith("not run"), finding
    assert SECRET not in finding.evidence.partition(", got ")[2]


def by_name(**groups: dict[str, str]) -> pytest.MarkDecorator:
    found = [pytest.param(s, id=name) for group in groups.values() for name, s in group.items()]
    return pytest.mark.parametrize("source", found)


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with the check."""
    with subprocess.Popen([sys.executable, "-I", "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        assert process.poll() is None
        process.kill()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@by_name(processes=attempts.FORKS)
def test_no_process_is_made(wall: Wall, source: str, tmp_path: Path) -> None:
    """Not by fork, not by any system call for it, and no other program takes our place."""
    marker = str(tmp_path / "marker")
    contained(wall, source, marker)
    assert not Path(marker).exists()


@by_name(resources=attempts.RESOURCES)
def test_resources_are_limited(wall: Wall, source: str, tmp_path: Path) -> None:
    """Threads, memory, disk, files, output: none of them without end."""
    contained(wall, source, str(tmp_path / "fill"), limits=ROOMY)
    assert list(tmp_path.iterdir()) == []


@by_name(time=attempts.TIME)
def test_time_is_limited(wall: Wall, source: str) -> None:
    """By processor and by clock, whatever is done about signals."""
    started = time.monotonic()
    contained(wall, source, None)
    assert time.monotonic() - started < QUICK.total_s + 10


@by_name(network=attempts.NETWORK)
def test_there_is_no_network(wall: Wall, source: str, listener: socket.socket) -> None:
    """Not even this machine's own addresses."""
    contained(wall, source, listener.getsockname()[1])
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_abstract_sockets_are_out_of_reach(wall: Wall) -> None:
    """They belong to no file system, but to the network."""
    name = f"tiergate-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0" + name)
        server.listen()
        contained(wall, attempts.ABSTRACT_SOCKET, name)


@by_name(reads=attempts.READS)
def test_files_are_not_read(wall: Wall, source: str, tmp_path: Path) -> None:
    """A file of this machine, by any way to it, even one that everybody may read."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    contained(wall, source, str(secret), SECRET)
    users = Path("/etc/passwd")
    contained(wall, source, str(users), users.read_text())


@by_name(environment=attempts.ENVIRONMENT)
def test_the_environment_is_not_read(wall: Wall, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of upstreams stand there."""
    monkeypatch.setenv("TIERGATE_TEST_KEY", SECRET)
    contained(wall, source, "TIERGATE_TEST_KEY", SECRET)


def test_open_files_are_not_inherited(wall: Wall, tmp_path: Path) -> None:
    """Not even one that the gateway left inheritable by mistake."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    descriptor = os.open(secret, os.O_RDONLY)
    try:
        os.set_inheritable(descriptor, True)
        contained(wall, INHERITED, None, SECRET)
    finally:
        os.close(descriptor)


INHERITED = """
import os
def attempt(target):
    for descriptor in range(2000):
        try:
            text = os.pread(descriptor, 100, 0).decode()
        except (OSError, UnicodeDecodeError):
            continue
        if text.startswith("sesame"):
            return text
"""


@by_name(
    others=attempts.OTHERS,
    trace={"trace": attempts.TRACE},
    descriptor={"descriptor": attempts.SIGNAL_BY_DESCRIPTOR},
)
def test_other_processes_are_out_of_reach(
    wall: Wall, source: str, bystander: subprocess.Popen[bytes]
) -> None:
    """They are not seen, not read, not signalled, not traced, not slowed."""
    contained(wall, source, bystander.pid)


@by_name(privileges=attempts.PRIVILEGES)
def test_nothing_of_root_is_left(wall: Wall, source: str) -> None:
    """No mount, no chroot, no device, no way back to being root."""
    contained(wall, source, None)


@by_name(writes=attempts.WRITES)
def test_nothing_is_written_outside(wall: Wall, source: str, tmp_path: Path) -> None:
    """The scratch folder is the only place, and it goes with the check."""
    tmp_path.chmod(0o777)
    contained(wall, source, str(tmp_path / "new"))
    assert list(tmp_path.iterdir()) == []
    assert not Path("/tiergate_was_here").exists()
    assert not (Path(os.__file__).parent / "tiergate_was_here").exists()


@by_name(changes=attempts.CHANGES)
def test_files_are_not_changed(wall: Wall, source: str, tmp_path: Path) -> None:
    """Not even one that belongs to the user who runs the checks."""
    target = tmp_path / "target"
    target.write_text("as it was")
    if os.geteuid() == 0:
        os.chown(tmp_path, USER, USER)
        os.chown(target, USER, USER)
    tmp_path.parent.chmod(0o755)
    tmp_path.parent.parent.chmod(0o755)
    before = target.stat()
    contained(wall, source, str(target))
    after = target.stat()
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert target.read_text() == "as it was"


@by_name(all=attempts.CHANGES)
def test_without_a_wall_a_file_is_changed(source: str, tmp_path: Path) -> None:
    """So the test above can fail."""
    (tmp_path / "target").write_text("as it was")
    if "setxattr" in source:
        pytest.skip("not every file system has attributes")
    assert openfield.attempt(source, str(tmp_path / "target"), tmp_path) == "escaped"


CALLS = """
import ctypes
def attempt(numbers):
    libc = ctypes.CDLL(None, use_errno=True)
    done = []
    for number in numbers:
        ctypes.set_errno(0)
        result = libc.syscall(number, 0, 0, 0, 0, 0, 0)
        if result >= 0 or ctypes.get_errno() not in (1, 38):
            done.append([number, result, ctypes.get_errno()])
    return done
"""
DANGEROUS = {
    **{"socket": 41, "fork": 57, "vfork": 58, "execve": 59, "shmget": 29, "msgget": 68, "semget": 64},
    **{"ptrace": 101, "setuid": 105, "setgid": 106, "setgroups": 116, "setresuid": 117, "capset": 126},
    **{"rt_sigqueueinfo": 129, "mknod": 133, "personality": 135, "setpriority": 141, "mlock": 149},
    **{"pivot_root": 155, "chroot": 161, "acct": 163, "mount": 165, "umount2": 166, "swapon": 167},
    **{"reboot": 169, "sethostname": 170, "init_module": 175, "quotactl": 179, "tkill": 200},
    **{"sched_setaffinity": 203, "io_setup": 206, "mq_open": 240, "kexec_load": 246, "add_key": 248},
    **{"request_key": 249, "keyctl": 250, "ioprio_set": 251, "inotify_init": 253, "unshare": 272},
    **{"vmsplice": 278, "perf_event_open": 298, "fanotify_init": 300, "name_to_handle_at": 303},
    **{"open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311},
    **{"kcmp": 312, "finit_module": 313, "seccomp": 317, "memfd_create": 319, "bpf": 321, "execveat": 322},
    **{"userfaultfd": 323, "pidfd_send_signal": 424, "io_uring_setup": 425, "open_tree": 428},
    **{"fsopen": 430, "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438, "mount_setattr": 442},
    **{"memfd_secret": 447, "process_mrelease": 448, "link": 86, "symlink": 88, "chown": 92},
}
X86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="numbers of x86-64")


@X86
def test_dangerous_calls_are_refused(wall: Wall) -> None:
    """Each is refused before the kernel looks at its arguments."""
    finding = wall.check(CALLS, Calls((Case("attempt", (sorted(DANGEROUS.values()),), []),)))
    assert finding.verdict is Verdict.PASSED, finding


@X86
@pytest.mark.parametrize("number", [0x40000000 | 39, 0x40000000 | 57], ids=["getpid", "fork"])
def test_calls_of_another_word_size_end_the_process(wall: Wall, number: int) -> None:
    """The x32 calls have numbers of their own, which a filter of the others would not know."""
    tests = Calls((Case("attempt", ([number],), []),))
    finding = wall.check(CALLS, tests)
    assert finding.verdict is Verdict.FAILED and "SIGSYS" in finding.evidence, finding


INT80 = """
import ctypes, mmap
def attempt(target):
    page = mmap.mmap(-1, 4096, prot=7)
    page.write(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]))
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return "escaped" if ctypes.CFUNCTYPE(ctypes.c_int)(address)() > 0 else "held"
"""


@X86
def test_calls_of_32_bit_code_end_the_process(wall: Wall) -> None:
    """They come through another door of the kernel; the filter stands there too."""
    contained(wall, INT80, None)


HARMLESS_OUTSIDE = {
    **{name: attempts.FORKS[name] for name in attempts.FORKS},
    **{name: s for name, s in attempts.RESOURCES.items() if name not in ("higher limits", "a long value")},
    **{name: s for name, s in attempts.TIME.items() if name != "stops itself"},
}


@by_name(all=HARMLESS_OUTSIDE)
def test_without_a_wall_these_attempts_succeed(source: str, tmp_path: Path) -> None:
    """So the tests above can fail."""
    assert openfield.attempt(source, str(tmp_path / "marker"), tmp_path) == "escaped"


@by_name(all={n: s for n, s in attempts.NETWORK.items() if n not in ("names",)})
def test_without_a_wall_the_network_is_reached(source: str, tmp_path: Path, listener: socket.socket) -> None:
    """So the tests above can fail."""
    assert openfield.attempt(source, listener.getsockname()[1], tmp_path) == "escaped"


@by_name(all=attempts.READS)
def test_without_a_wall_a_file_is_read(source: str, tmp_path: Path) -> None:
    """So the tests above can fail."""
    (tmp_path / "secret").write_text(SECRET)
    assert openfield.attempt(source, str(tmp_path / "secret"), tmp_path) == SECRET


@by_name(all=attempts.ENVIRONMENT)
def test_without_a_wall_the_environment_is_read(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the tests above can fail."""
    monkeypatch.setenv("TIERGATE_TEST_KEY", SECRET)
    assert openfield.attempt(source, "TIERGATE_TEST_KEY", tmp_path) == SECRET


@by_name(
    all={n: s for n, s in attempts.OTHERS.items() if n not in ("a signal to all", "the parent's memory")}
)
def test_without_a_wall_others_are_reached(
    source: str, tmp_path: Path, bystander: subprocess.Popen[bytes]
) -> None:
    """So the tests above can fail."""
    assert openfield.attempt(source, bystander.pid, tmp_path) == "escaped"
