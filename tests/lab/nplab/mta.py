"""Which of the mail servers a host runs: modules with the same functions."""

from . import postfix, sendmail

MODULES = {"postfix": postfix, "sendmail": sendmail}


def of(state, name):
    return MODULES[state.top.hosts[name].mta]
