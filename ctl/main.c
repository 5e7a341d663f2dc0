/* nearpostctl: one command line for admins, campaign senders and ops. */
#include "config.h"

#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/lesson.h"
#include "lib/base/log.h"

static const struct ctl_verb verbs[] = {
	{"keys", keys_command, false, "init|next|host|show ...",
	    "signing keys, the CA and the hosts' certificates"},
	{"assets", assets_command, true,
	    "build|sign|verify DIR|diff DIR DIR|status [DIR]",
	    "the set of media files and campaigns"},
	{"lint", lint_command, false,
	    "CAMPAIGN|DIR [--assets DIR] [--strict] [--json]",
	    "what mail programs would trip over in a campaign, and why"},
	{"recipients", recipients_command, true,
	    "import FILE.csv [--refused REPORT] [--from-line N]|export [FILE]|\n"
	    "              show ADDRESS [--json]|delete ADDRESS...",
	    "the recipients' records"},
	{"suppress", suppress_command, true,
	    "add|remove ADDRESS|list|import FILE|export",
	    "who must not get adverts"},
	{"erase", erase_command, true, "ADDRESS [--dry-run] [--json]",
	    "a person's data, for good; they are not mailed again"},
	{"audience", audience_command, true,
	    "CAMPAIGN [--where CONDITION]... [--json]",
	    "how many recipients get which creative; sends nothing"},
	{"preview", preview_command, true,
	    "CAMPAIGN --to ADDRESS|--creative NAME [--eml|--html|--png]...",
	    "what somebody would be sent, as mail, page or picture"},
	{"send", send_command, true,
	    "CAMPAIGN [--where CONDITION]... [--at TIME] [--rate 20/s]\n"
	    "              [--dry-run [--json]]",
	    "a stub for every recipient, through the local MTA"},
	{"campaigns", campaigns_command, true,
	    "[pause|cancel CAMPAIGN [--reason TEXT]|resume CAMPAIGN] [--json]",
	    "each campaign: what became of its stubs; stopping it"},
	{"pause", pause_command, true, "CAMPAIGN [--reason TEXT]",
	    "its stubs wait until it is resumed"},
	{"cancel", cancel_command, true, "CAMPAIGN [--reason TEXT]",
	    "its stubs are refused"},
	{"status", status_command, true, "[--json]",
	    "is everything well?  One screen; exit status for monitoring"},
	{"top", top_command, true, "[--once] [--every 2s]",
	    "the same as a live screen"},
	{"gateways", gateways_command, true,
	    "[drain ID [--for 2h] [--reason TEXT]|resume ID] [--json]",
	    "each gateway: alive, its queue, its rate, its asset set"},
	{"drain", drain_command, true, "GATEWAY [--for 2h] [--reason TEXT]",
	    "take a gateway out of service"},
	{"resume", resume_command, true, "GATEWAY|CAMPAIGN",
	    "back into service; a campaign goes on"},
	{"sites", sites_command, true, "[NAME] [--json]",
	    "how long adverts took, by site and gateway"},
	{"events", events_command, true,
	    "[--follow] [-n NUMBER] [--campaign NAME] [--recipient ADDRESS]\n"
	    "              [--gateway ID] [--site NAME] [--json]",
	    "what became of adverts, the last ones or as they come"},
	{"explain", explain_command, true, "ADDRESS CAMPAIGN [--json]",
	    "which gateway would be chosen now, and why"},
	{"why", why_command, true, "TICKET|QUEUEID|ADDRESS [--json]",
	    "the story of an advert, and why it went that way"},
	{"print", print_command, true,
	    "main|master|sendmail|tables|... [initiator|gateway]",
	    "the MTA's configuration for nearpost"},
	{"doctor", doctor_command, true,
	    "[--postfix DIR | --sendmail [FILE]] [--probe-mx DOMAIN]\n"
	    "              [--json]",
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
	if (to == stdout)
		puts("\nnearpostctl VERB --help shows how a verb is used; "
		     "nearpostctl(1) tells all.");
	return to == stderr ? EX_USAGE : EX_OK;
}

static int
teach(const struct ctl_verb *verb, const struct lesson *lesson)
{
	printf("nearpostctl %s %s\n    %s\n", verb->name, verb->usage,
	    verb->help);
	if (lesson)
		printf("\nFor example:\n%s", lesson->text);
	return EX_OK;
}

/* Is the word among the arguments in front of "--"?  Then it is taken out. */
static bool
take_word(int *argc, char **argv, const char *word)
{
	for (int i = 1; i < *argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], word) != 0)
			continue;
		memmove(&argv[i], &argv[i + 1],
		    (size_t)(*argc - i) * sizeof(*argv));
		(*argc)--;
		return true;
	}
	return false;
}

/* As head(1) ends who writes to it. */
static void
end_unread(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

	if (poll(&out, 1, 0) == 1 && (out.revents & POLLERR) &&
	    signal(SIGPIPE, SIG_DFL) != SIG_ERR)
		(void)raise(SIGPIPE);
}

static int
run_verb(struct ctl *ctl, const struct ctl_verb *verb, int argc, char **argv)
{
	const struct lesson *lesson = lesson_find(verb->name);
	char *error;
	int status;

	if (take_word(&argc, argv, "--help"))
		return teach(verb, lesson);
	if (lesson && lesson->json)
		ctl->json = take_word(&argc, argv, "--json");
	if (verb->needs_config &&
	    config_load(ctl->config_path, &ctl->config, &error) < 0) {
		log_warnx("%s", error);
		free(error);
		return EX_CONFIG;
	}
	status = verb->run(ctl, argc, argv);
	if (verb->needs_config)
		config_free(&ctl->config);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	end_unread();
	log_warn("standard output");
	return EX_IOERR;
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
	/* A server that went away is told of, and what was begun is ended well
	 * when nobody reads any more: end_unread(). */
	(void)signal(SIGPIPE, SIG_IGN);
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
