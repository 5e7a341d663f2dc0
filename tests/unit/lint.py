#!/usr/bin/python3
"""nearpostctl lint as its users run it: where it finds campaigns, what it ends
with, and that its JSON is JSON.  What it finds is test_ctl_lint.c's business."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(os.environ.get("top_srcdir", "..")).resolve()
BUILD = pathlib.Path(os.environ.get("top_builddir", ".")).resolve()
FACTS = TOP / "ctl" / "lint-clients.conf"
CLEAN = "spring-2026: nothing to mend, by what was known of mail programs on 2"

failed = 0
count = 0


def verdict(name, ok, what=""):
    global failed, count
    count += 1
    failed += not ok
    print(f"{'ok' if ok else 'not ok'} {count} - {name}")
    if not ok:
        print("\n".join("# " + line for line in str(what).splitlines()))


def lint(*args, cwd=None, facts=FACTS, config=None):
    command = [BUILD / "ctl" / "nearpostctl"]
    if config:
        command += ["-c", config]
    command += ["lint", *args]
    if facts:
        command += ["--facts", facts]
    return subprocess.run(command, cwd=cwd, text=True, capture_output=True)


def ends(name, run, status, text):
    verdict(name, run.returncode == status and
            text in run.stdout + run.stderr,
            f"status {run.returncode}\n{run.stdout}{run.stderr}")


def change(path, old, new):
    text = path.read_text()
    assert old in text, f"{path} has no {old}"
    path.write_text(text.replace(old, new, 1))


def conf_of(set_dir):
    conf = set_dir.parent / "nearpost.conf"
    conf.write_text(f'policyd {{ assets = "{set_dir}" }}\n'
                    'agent { max_advert_size = 1M }\n')
    return conf


def find_campaigns(scratch):
    set_dir = scratch / "set"
    run = lint(set_dir / "spring-2026")
    ends("a_directory_is_linted_without_nearpost_conf", run, 0, CLEAN)
    verdict("no_manifest_is_written",
            not list(set_dir.glob("MANIFEST*")))
    ends("a_slash_at_the_end_is_nothing", lint(f"{set_dir}/spring-2026/"), 0,
         CLEAN)
    ends("a_dot_is_the_directory_one_is_in",
         lint(".", cwd=set_dir / "spring-2026"), 0, CLEAN)
    ends("a_slash_alone_makes_it_a_directory",
         lint("spring-2026/", cwd=set_dir), 0, CLEAN)
    ends("a_name_is_none_of_a_directory_here",
         lint("spring-2026", cwd=set_dir, config=conf_of(scratch / "none")), 66,
         "for the directory here write ./spring-2026")
    ends("a_name_is_looked_for_in_assets",
         lint("spring-2026", "--assets", set_dir), 0, CLEAN)
    run = lint("spring-2026", config=conf_of(set_dir))
    ends("a_name_is_looked_for_in_the_set_in_use", run, 1,
         f"{set_dir}/spring-2026/campaign.conf:")
    ends("the_limit_is_that_of_nearpost_conf", run, 1,
         "gateways make none over 1.0 MB (max_advert_size)")


def end_with_a_status(scratch):
    campaign = scratch / "set" / "spring-2026"
    body = campaign / "hero-en" / "body.html"
    run = lint(campaign, "--json")
    told = json.loads(run.stdout)
    verdict("json_is_json", told["errors"] == 0 and told["findings"] == [] and
            told["accepted"] == 3, run.stdout)
    ends("a_clean_campaign_is_clean_strictly", lint(campaign, "--strict"), 0,
         CLEAN)
    change(body, ' alt="A fern in a terracotta pot"', "")
    line = 1 + body.read_text().split("cid:pot.png")[0].count("\n")
    ends("a_warning_ends_with_0", lint(campaign), 0, f"{body}:{line}: warning: ")
    ends("a_warning_ends_with_1_strictly", lint(campaign, "--strict"), 1,
         "[alt-missing]\nspring-2026: 3 more that lint_accept takes on itself\n"
         "spring-2026: 0 errors, 1 warning, 0 notes; nearpost-lint(7) says")
    change(body, "cid:pot.png", "cid:pat.png")
    ends("an_error_ends_with_1", lint(campaign), 1, f"{body}:{line}: error: ")
    told = json.loads(lint(campaign, "--json").stdout)
    verdict("json_has_all_of_it", [
        (f["file"], f["line"], f["severity"], f["rule"])
        for f in told["findings"] if f["rule"] != "inline-unused"] == [
            (str(body), line, "error", "cid-missing"),
            (str(body), line, "warning", "alt-missing")], told)
    change(campaign / "campaign.conf", "subject =", "subjekt =")
    ends("a_broken_campaign_conf_is_an_error", lint(campaign), 1,
         "/campaign.conf:3: error: unknown setting")


def be_refused(scratch):
    ends("no_campaign_is_wrong_usage", lint(), 64, "usage: nearpostctl lint")
    ends("an_unknown_option_is_wrong_usage", lint("x", "--fix"), 64, "usage:")
    ends("a_campaign_that_is_not_there", lint(scratch / "set" / "autumn"), 66,
         "autumn/campaign.conf: No such file")
    ends("facts_that_are_not_there",
         lint("x", facts=scratch / "none"), 78, "none: what is known of mail")
    broken = scratch / "broken.conf"
    broken.write_text(FACTS.read_text().replace("style_max", "style_min"))
    ends("facts_that_are_broken", lint("x", facts=broken), 78,
         'broken.conf:17: unknown setting "style_min"')
    ends("a_nearpost_conf_that_is_not_there",
         lint("x", config=scratch / "no.conf"), 78, "no.conf")


def main():
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        shutil.copytree(TOP / "assets", scratch / "set",
                        ignore=shutil.ignore_patterns("MANIFEST*", "source"))
        for path in (scratch / "set").rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        find_campaigns(scratch)
        end_with_a_status(scratch)
        be_refused(scratch)
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
