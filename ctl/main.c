/* nearpostctl: one command line for admins, campaign senders and ops. */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/ctl.h"
#include "lib/base/log.h"

static const struct ctl_verb verbs[] = {
	{"keys", keys_command, false, "init|host|show ...",
	    "signing keys, the CA and the hosts' certificates"},
	{"assets", assets_command, true,
	    "build|sign|verify DIR|diff DIR DIR|status [DIR]",
	    "the set of media files and campaigns"},
	{"lint", lint_command, false,
	    "CAMPAIGN|DIR [--assets DIR] [--strict] [--json]",
	    "what mail programs would trip over in a campaign, and why"},
	{"recipients", recipients_command, true, "import FILE.csv|show ADDRESS",
	    "the recipients' records"},
	{"suppress", suppress_command, true, "add|remove ADDRESS|list",
	    "who must not get adverts"},
	{"audience", audience_command, true,
	    "CAMPAIGN [--where CONDITION]... [--json]",
	    "how many recipients get which creative; sends nothing"},
	{"preview", preview_command, true,
	    "CAMPAIGN --to ADDRESS|--creative NAME [--eml|--html|--png]...",
	    "what somebody would be sent, as mail, page or picture"},
	{"send", send_command, true, "CAMPAIGN [--where CONDITION]...",
	    "a stub for every recipient, through the local MTA"},
	{"gateways", gateways_command, true,
	    "[drain ID [--for 2h] [--reason TEXT]|resume ID]",
	    "each gateway: alive, its queue, its rate, its asset set"},
	{"sites", sites_command, true, "[NAME]",
	    "how long adverts took, by site and gateway"},
	{"explain", explain_command, true, "ADDRESS CAMPAIGN",
	    "which gateway would be chosen now, and why"},
	{"why", why_command, true, "TICKET|QUEUEID|ADDRESS",
	    "why an advert went the way it did, and what became of it"},
	{"print", print_command, true,
	    "main|master|sendmail|tables|... [initiator|gateway]",
	    "the MTA's configuration for nearpost"},
	{"doctor", doctor_command, true, "[--postfix DIR | --sendmail [FILE]]",
	    "look for what is wrong, and say how to mend it"},
};
#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int
usage(FILE *to)
{
	fputs("usage: nearpostctl [-c FILE] [-v] VERB ...\n", to);
	for (size_t i = 0; i < N_VERBS; i++)
		fprintf(to, "  %-11s %s\n              %s\n", verbs[i].name,
		    verbs[i].help, verbs[i].usage);
	return to == stderr ? EX_USAGE : EX_OK;
}

static int
run_verb(struct ctl *ctl, const struct ctl_verb *verb, int argc, char **argv)
{
	char *error;
	int status;

	if (verb->needs_config &&
	    config_load(ctl->config_path, &ctl->config, &error) < 0) {
		log_warnx("%s", error);
		free(error);
		return EX_CONFIG;
	}
	status = verb->run(ctl, argc, argv);
	if (verb->needs_config)
		config_free(&ctl->config);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		log_warn("standard output");
		return EX_IOERR;
	}
	return status;
}

int
main(int argc, char **argv)
{
	static const struct option words[] = {
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {NULL, 0, NULL, 0},
	};
	struct ctl ctl = {.config_path = CONFIG_DEFAULT_PATH};
	int c, debug = 0;

	while ((c = getopt_long(argc, argv, "+c:vVh", words, NULL)) != -1) {
		switch (c) {
		case 'c':
			ctl.config_path = optarg;
			break;
		case 'v':
			debug = 1;
			break;
		case 'V':
			puts(PACKAGE_STRING);
			return EX_OK;
		case 'h':
			return usage(stdout);
		default:
			return usage(stderr);
		}
	}
	log_open("nearpostctl", LOG_TO_STDERR, debug);
	if (optind == argc)
		return usage(stderr);
	for (size_t i = 0; i < N_VERBS; i++)
		if (strcmp(verbs[i].name, argv[optind]) == 0)
			return run_verb(&ctl, &verbs[i], argc - optind,
			    argv + optind);
	log_warnx("there is no verb \"%s\"; nearpostctl -h lists them",
	    argv[optind]);
	return EX_USAGE;
}
