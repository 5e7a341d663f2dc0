#!/usr/bin/python3
"""nearpostctl recipients and suppress: lists in and out, over interruptions."""

import csv
import io
import json
import signal

from nppeers import *


def ctl(w, *argv, **how):
    return subprocess.run([os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c",
                           w.path("ctl.conf"), *argv], check=False, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)


def mending(tap, w):
    people = w.lab.write("people.csv", '\ufeffcity,Email,lang\n"Cork, ""South""",a@one.test,en\n'
                         "Bonn,nobody,de\nOslo,B@one.test,\n,c@one.test,fr,x\n")
    done = ctl(w, "recipients", "import", people, "--refused", w.path("bad.csv"))
    tap.ok(done.returncode == 65 and b"2 recipients stored, 2 rows refused" in done.stdout,
           "good rows are stored, others refused", done)
    with open(w.path("bad.csv"), encoding="utf-8") as f:
        text = f.read()
    bad = list(csv.reader(io.StringIO(text)))
    tap.ok(bad[0] == ["refused_line", "refused_why", "city", "Email", "lang"] and
           bad[1] == ["3", "there is no @", "Bonn", "nobody", "de"] and bad[2][0] == "5",
           "the report has them as they were", text)
    w.lab.write("bad.csv", text.replace("nobody", "nobody@one.test").replace(',"x"', ""))
    done = ctl(w, "recipients", "import", w.path("bad.csv"), "--json")
    tap.ok(done.returncode == 0 and json.loads(done.stdout) == {"stored": 2, "refused": 0},
           "mended, it is imported as it is", done)
    said = json.loads(ctl(w, "recipients", "show", "a@one.test", "--json").stdout)
    tap.ok(said["record"] == {"email": "a@one.test", "city": 'Cork, "South"', "lang": "en"} and
           said["suppressed"] is False, "recipients show --json", said)
    said = json.loads(ctl(w, "recipients", "show", "nobody@one.test", "--json").stdout)
    tap.equal(sorted(said["record"]), ["city", "email", "lang"],
              "the columns of the report did not become fields")


def round_trip(tap, w):
    out = ctl(w, "recipients", "export")
    rows = list(csv.DictReader(io.StringIO(out.stdout.decode())))
    tap.ok(out.returncode == 0 and list(rows[0]) == ["email", "city", "lang"] and
           {r["email"] for r in rows} == {"a@one.test", "b@one.test", "c@one.test",
                                         "nobody@one.test"},
           "recipients export has a column for each field", out)
    done = ctl(w, "recipients", "export", w.path("out.csv"))
    tap.ok(done.returncode == 0 and os.stat(w.path("out.csv")).st_mode & 0o77 == 0,
           "into a file that only its owner reads", done)
    tap.equal(ctl(w, "recipients", "export", w.path("out.csv")).returncode, 73,
              "and that is not overwritten")
    done = ctl(w, "recipients", "delete", "a@one.test", "nix@one.test")
    tap.ok(done.returncode == 1 and b"a@one.test is deleted" in done.stdout and
           b"nix@one.test is not in" in done.stdout, "recipients delete", done)
    before = w.redis_cli("HGETALL", "nearpost:rcpt:{b@one.test}")
    with open(w.path("out.csv"), "rb") as f:
        done = ctl(w, "recipients", "import", "-", stdin=f)
    tap.ok(done.returncode == 0 and b"4 recipients stored" in done.stdout and
           w.redis_cli("HGET", "nearpost:rcpt:{a@one.test}", "city") == 'Cork, "South"' and
           w.redis_cli("HGETALL", "nearpost:rcpt:{b@one.test}") == before,
           "what was exported is imported, from standard input, too", done)


def going_on(tap, w):
    n = 120000
    with open(w.path("many.csv"), "w", encoding="ascii") as f:
        f.write("email,n\n")
        for i in range(n):
            f.write("p%d@one.test,%d\n" % (i, i))
    parts = 0
    argv = ["recipients", "import", w.path("many.csv")]
    for sig in (signal.SIGINT, "redis"):
        p = subprocess.Popen([os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c",
                              w.path("ctl.conf"), *argv], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        start = int(w.redis_cli("DBSIZE"))
        wait_for(lambda: int(w.redis_cli("DBSIZE")) > start + 2000, 10, 0.002)
        if sig == "redis":
            w.redis.kill(signal.SIGKILL)
            w.redis.proc.wait()
        else:
            p.send_signal(sig)
        out, err = p.communicate(timeout=30)
        found = re.search(rb"--from-line (\d+)", err)
        if not tap.ok(p.returncode == 75 and found, "an import is ended by %s, and says how "
                      "to go on" % sig, p.returncode, out, err):
            return
        parts += int(re.search(rb"(\d+) recipients stored", out).group(1))
        argv = ["recipients", "import", w.path("many.csv"), "--from-line",
                found.group(1).decode()]
        if sig == "redis":
            w.redis.start()
            wait_for(lambda: unix_socket_answers(w.path("redis.sock")))
            wait_for(lambda: "LOADING" not in w.redis_cli("PING"), 20)
    done = ctl(w, *argv[0:])
    parts += int(re.search(rb"(\d+) recipients stored", done.stdout).group(1))
    tap.ok(done.returncode == 0 and parts >= n, "it is gone on with to the end: %d rows" % parts,
           done)
    have = int(w.redis_cli("EVAL", "local n = 0 for i = 0, %d do n = n + redis.call('EXISTS', "
                           "'nearpost:rcpt:{p' .. i .. '@one.test}') end return n" % (n - 1), "0"))
    tap.equal(have, n, "everybody is there")


def gone_before_the_write(tap, w):
    """Redis goes while the next rows are awaited: a write finds nobody there."""
    p = subprocess.Popen([os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c",
                          w.path("ctl.conf"), "recipients", "import", "-"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    p.stdin.write(b"email,n\n" + b"".join(b"q%d@one.test,1\n" % i for i in range(3000)))
    p.stdin.flush()
    wait_for(lambda: w.redis_cli("EXISTS", "nearpost:rcpt:{q99@one.test}") == "1", 10)
    w.redis.kill(signal.SIGKILL)
    w.redis.proc.wait()
    out, err = p.communicate(b"".join(b"r%d@one.test,1\n" % i for i in range(9000)),
                             timeout=30)
    tap.ok(p.returncode == 75 and b"--from-line" in err, "Redis gone before a write ends an "
           "import as well, with a word", p.returncode, out, err)
    w.redis.start()
    wait_for(lambda: unix_socket_answers(w.path("redis.sock")))
    wait_for(lambda: "LOADING" not in w.redis_cli("PING"), 20)


def frozen(tap, w):
    w.redis.kill(signal.SIGSTOP)
    try:
        done = ctl(w, "recipients", "show", "a@one.test")
    finally:
        w.redis.kill(signal.SIGCONT)
    tap.ok(done.returncode == 75 and b"it does not answer in time" in done.stderr,
           "a Redis that hangs is told in words", done)


def unread(tap, w):
    """Who closes our output ends us, silently, as any other program."""
    p = subprocess.Popen("%s -c %s recipients export | head -1; echo ${PIPESTATUS[0]}" % (
        os.path.join(TOP_BUILD, "ctl/nearpostctl"), w.path("ctl.conf")), shell=True,
        executable="/bin/bash", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = p.communicate(timeout=30)
    tap.ok(out.split() == [b"email,city,lang,n", b"141"] and err == b"",
           "export | head: no error of ours", out, err)


def as_printed(tap, w):
    """What is printed to go on with is a command with all that was given."""
    many = w.lab.write("it's a list.txt", "y@one.test\nnobody\n" + "".join("z%d@one.test\n" % i
                                                              for i in range(200000)))
    report = w.path("bad ones.csv")
    program = [os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c", w.path("ctl.conf")]
    p = subprocess.Popen([*program, "suppress", "import", many, "--reason", "it's loud",
                          "--refused", report], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(lambda: w.redis_cli("EXISTS", "nearpost:suppressed:{z999@one.test}") == "1", 10, 0.01)
    p.send_signal(signal.SIGINT)
    err = p.communicate(timeout=30)[1].decode()
    command = re.search(r"(?m)^  nearpostctl (.*)$", err)
    if not tap.ok(p.returncode == 75 and command, "an import is interrupted", p.returncode, err):
        return
    done = subprocess.run(["bash", "-c", " ".join(program) + " " + command.group(1)], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    tap.ok(done.returncode == 0 and
           w.redis_cli("HGET", "nearpost:suppressed:{z199999@one.test}", "reason") == "it's loud",
           "what it prints is a command that goes on, with the same reason", command.group(1), done)
    with open(report, encoding="utf-8") as f:
        text = f.read()
    tap.ok(text.count("refused_line") == 1 and "nobody" in text,
           "and the report of the first part is still there", text)


def files(tap, w):
    people = w.lab.write("mine.csv", "email\nd@one.test\nnobody\n")
    os.symlink(people, w.path("also-mine.csv"))
    done = ctl(w, "recipients", "import", people, "--refused", w.path("also-mine.csv"))
    with open(people, encoding="utf-8") as f:
        tap.ok(done.returncode == 73 and b"another name" in done.stderr and "nobody" in f.read(),
               "the report does not go over what is imported", done)
    done = ctl(w, "recipients", "import", w.path("."))
    tap.ok(done.returncode == 74 and b"Is a directory" in done.stderr,
           "a file that cannot be read is no empty one", done)


def suppressions(tap, w):
    plain = w.lab.write("complaints.txt", "a@one.test\nB@one.test,unsubscribed\n\nno address\n")
    done = ctl(w, "suppress", "import", plain, "--reason", "feedback loop")
    tap.ok(done.returncode == 65 and b"2 suppressed addresses stored, 1 rows refused"
           in done.stdout, "an address in each line", done)
    w.redis_cli("HSET", "nearpost:suppressed:{sha256:%s}" % ("ab" * 32), "reason", "erased",
                "since_ms", "1764000000000")
    out = ctl(w, "suppress", "export").stdout.decode()
    rows = {r["address"]: r for r in csv.DictReader(io.StringIO(out))}
    tap.ok(rows["a@one.test"]["reason"] == "feedback loop" and
           rows["b@one.test"]["reason"] == "unsubscribed" and
           rows["sha256:" + "ab" * 32]["since"] == "2025-11-24 16:00:00.000",
           "suppress export has all of them, digests too", out)
    for address in ("a@one.test", "b@one.test"):
        ctl(w, "suppress", "remove", address)
    w.redis_cli("DEL", "nearpost:suppressed:{sha256:%s}" % ("ab" * 32))
    listed = json.loads(ctl(w, "suppress", "list", "--json").stdout)["suppressed"]
    tap.equal(listed, [], "they are taken off")
    done = ctl(w, "suppress", "import", w.lab.write("export.csv", out))
    tap.ok(done.returncode == 0 and ctl(w, "suppress", "export").stdout.decode().split("\n").sort()
           == out.split("\n").sort(), "and what was exported is imported", done)
    tap.equal(w.redis_cli("HGET", "nearpost:suppressed:{sha256:%s}" % ("ab" * 32), "since_ms"),
              "1764000000000", "with its time")
    tap.equal(w.redis_cli("ZSCORE", "nearpost:suppressed", "a@one.test")[:2], "17", "and listed")
    tap.equal(ctl(w, "suppress", "import", w.lab.write("x.csv", "address,since\na@b.test,soon\n"))
              .returncode, 65, "a time that is none is refused")


def erased_ones(tap, w):
    ctl(w, "erase", "a@one.test")
    done = ctl(w, "recipients", "import", w.path("people.csv"), "--refused", w.path("bad2.csv"))
    with open(w.path("bad2.csv"), encoding="utf-8") as f:
        text = f.read()
    tap.ok(done.returncode == 65 and "data was erased" in text and
           w.redis_cli("EXISTS", "nearpost:rcpt:{a@one.test}") == "0",
           "an old list does not bring back whose data was erased", text)


def words(tap, w):
    for argv in (("recipients",), ("recipients", "import"), ("recipients", "import", "a", "b"),
                 ("recipients", "import", "a", "--from-line", "x"), ("recipients", "export", "a", "b"),
                 ("recipients", "delete"), ("suppress", "export", "x"), ("suppress", "import")):
        tap.equal(ctl(w, *argv).returncode, 64, "refused: %s" % " ".join(argv))
    tap.equal(ctl(w, "recipients", "import", "/nonexistent").returncode, 66, "no such file")


need("redis-server", "redis-cli", "dnsmasq", "openssl")
with Tap() as all_tests, Lab() as the_lab:
    world = World(the_lab, redis_timeout="2s")
    world.start()
    nearpostctl(world, "gateways")
    mending(all_tests, world)
    round_trip(all_tests, world)
    suppressions(all_tests, world)
    erased_ones(all_tests, world)
    files(all_tests, world)
    as_printed(all_tests, world)
    words(all_tests, world)
    going_on(all_tests, world)
    gone_before_the_write(all_tests, world)
    frozen(all_tests, world)
    unread(all_tests, world)
