"""nearpost on the lab's hosts, set up the way its README tells an admin:
keys, nearpost.conf, asset set, tables and the MTA's lines, by nearpostctl.

Each host has all of it in hosts/NAME/nearpost, its /etc/nearpost.
"""

import shutil
import time
from pathlib import Path

from . import mta, policy, postfix, sendmail, spaces
from .fault import Fault
from .state import bin_path

SOURCE = Path(__file__).resolve().parents[3]
RELAY_DOMAIN = "nearpost.internal"
STUB_PORT = 587
AGENT_PORT = 4617
LIVE_S = 30


def directory(state, name):
    return state.host(name) / "nearpost"


def config_path(state, name):
    return directory(state, name) / "nearpost.conf"


def socket_path(state, name, program):
    return state.host(name) / "run" / f"{program}.sock"


def control(state, name, *words):
    """nearpostctl on a host."""
    return spaces.run_in(state, name, bin_path("nearpostctl"), "-c",
                         config_path(state, name), *words)


# nearpost.conf

def quoted(value):
    text = str(value)
    if text.startswith(("{", '"')):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def section(head, settings):
    lines = "".join(f"\t{k} = {quoted(v)}\n" for k, v in settings.items())
    return f"{head} {{\n{lines}}}\n"


def fleet(state):
    return f'relay_domain = "{RELAY_DOMAIN}"\n' + "".join(
        section(f'gateway "{g.name}"', {
            "host": g.host, "port": g.port,
            "uplink_mbit": max(1, round(g.uplink_mbit))})
        for g in state.top.role("gateway"))


def tls(here):
    return {f"tls_{n}": here / "tls" / f"{n}.pem"
            for n in ("cert", "key", "ca")}


def initiator_sections(state, name):
    here, run = directory(state, name), state.host(name) / "run"
    address = state.top.hosts[name].address
    is_sendmail = state.top.hosts[name].mta == "sendmail"
    return {
        "milter": {
            "listen": f"unix:{run}/milter.sock",
            **({"socket_group": ""} if is_sendmail else {}),
            "policyd": f"unix:{run}/policyd.sock",
            "clients": f'{{"127.0.0.0/8", "{address}/32"}}',
            "local_submission": "yes",
            "stub_service": STUB_PORT,
            "signing_key": here / "keys" / "signing.pem",
            "transport_map": here / ("mailertable" if is_sendmail
                                     else "transport"),
        },
        "policyd": {
            "listen": f"unix:{run}/policyd.sock",
            "socket_group": "",
            "agent_listen": f"inet:*:{AGENT_PORT}",
            "redis": f"unix:{run}/redis.sock",
            "assets": here / "assets",
            "manifest_keys": here / "keys" / "public",
            **tls(here),
        },
        "send": {
            "smtp": f"inet:127.0.0.1:{STUB_PORT}",
            "state_directory": here / "send",
        },
    }


def gateway_sections(state, name):
    here, run = directory(state, name), state.host(name) / "run"
    is_sendmail = state.top.hosts[name].mta == "sendmail"
    return {"agent": {
        "id": name,
        "listen": f"unix:{run}/agent.sock",
        **({"socket_group": ""} if is_sendmail else {}),
        "observer": f"unix:{run}/observer.sock",
        "policyd": f'{{"inet:{state.top.initiator.host}:{AGENT_PORT}"}}',
        "assets": here / "assets",
        "keys": here / "keys" / "public",
        "maillog": mta.of(state, name).log_path(state, name),
        "state_directory": here / "state",
        "queue_directory": mta.of(state, name).directory(state, name)
        / "queue",
        **tls(here),
    }}


def write_config(state, name):
    sections = (initiator_sections(state, name)
                if state.top.hosts[name].role == "initiator"
                else gateway_sections(state, name))
    text = fleet(state)
    for head, settings in sections.items():
        settings.update(state.top.options.get(head, {}))
        text += section(head, settings)
    path = config_path(state, name)
    path.parent.mkdir()
    path.write_text(text)


# Keys and assets

def make_keys(state):
    initiator = state.top.initiator
    here = directory(state, initiator.name)
    control(state, initiator.name, "keys", "init", initiator.host,
            "--dir", here)
    for gateway in state.top.role("gateway"):
        control(state, initiator.name, "keys", "host", gateway.name,
                gateway.host, "--dir", here,
                "--out", directory(state, gateway.name))


def assets_source(state):
    path = Path(state.top.option("assets", SOURCE / "assets"))
    if not path.is_dir():
        raise Fault(f"option lab.assets={path}: there is no such directory")
    return path


def make_assets(state):
    """The set on every gateway; on the initiator what it decides by."""
    initiator, source = state.top.initiator.name, assets_source(state)
    whole = state.dir / "assets"
    # As in manifest.h: what is passed over when a set is built.
    shutil.copytree(source, whole, ignore=shutil.ignore_patterns(
        "source", "README*", "*.mk", ".*", "MANIFEST*"))
    control(state, initiator, "assets", "build", whole)
    control(state, initiator, "assets", "sign", whole)
    for gateway in state.top.role("gateway"):
        spaces.run("cp", "-a", whole, directory(state, gateway.name))
    target = directory(state, initiator) / "assets"
    for path in [*whole.glob("MANIFEST*"), *whole.glob("*/campaign.conf")]:
        copy = target / path.relative_to(whole)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)


def create(state):
    """Before any program starts."""
    for host in state.top.mail_hosts():
        write_config(state, host.name)
    make_keys(state)
    make_assets(state)


def configure_sendmail(state, name):
    here = directory(state, name)
    control(state, name, "print", "tables", "--sendmail")
    if state.top.hosts[name].role == "initiator":
        sendmail.makemap(here / "mailertable")
    lines = (SOURCE / "contrib/sendmail/sendmail.mc").read_text()
    sendmail.configure(state, name,
                       lines.replace("/etc/nearpost", str(here)))


def configure_mta(state, name):
    """The host's MTA, with what nearpostctl prints for it."""
    here = directory(state, name)
    if state.top.hosts[name].mta == "sendmail":
        configure_sendmail(state, name)
        return
    etc = postfix.directory(state, name) / "etc"
    control(state, name, "print", "tables")
    spaces.run_in(state, name, "postmap", "-c", etc,
                  f"hash:{here / 'transport'}")
    main = control(state, name, "print", "main", "--postfix", etc)
    master = control(state, name, "print", "master", "--postfix", etc)
    postfix.configure(state, name, main, master)


# Once everything runs

def recipients_file(state):
    path = Path(state.top.option("recipients",
                                 SOURCE / "contrib" / "recipients.csv"))
    if not path.is_file():
        raise Fault(f"option lab.recipients={path}: there is no such file")
    return path


def import_recipients(state, path):
    return control(state, state.top.initiator.name, "recipients", "import",
                   path)


def gateways(state):
    """policyd's rows of the gateways: a dict each, by id."""
    answer = policy.ask(
        socket_path(state, state.top.initiator.name, "policyd"),
        request="nearpost_admin", verb="gateways")
    rows = [policy.row(v) for k, v in answer if k.startswith("gateway.")]
    return {r["id"]: r for r in rows}


def is_serving(row):
    return row.get("live") == "yes" and row.get("assets") == "ok"


def wait_live(state, names, timeout_s=LIVE_S):
    """Until policyd would choose each of these gateways."""
    deadline = time.monotonic() + timeout_s
    while True:
        rows = gateways(state)
        waiting = [n for n in names if not is_serving(rows.get(n, {}))]
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise Fault("; ".join(
                f"policyd would not choose {n}: " + str(rows.get(n, "unknown"))
                for n in waiting) + "; see the logs in "
                + ", ".join(f"hosts/{n}/log" for n in waiting))
        time.sleep(0.1)


def settle(state):
    import_recipients(state, recipients_file(state))
    wait_live(state, [g.name for g in state.top.role("gateway")])
