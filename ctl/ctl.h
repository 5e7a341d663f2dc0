/* What every verb of nearpostctl gets. */
#ifndef NEARPOST_CTL_CTL_H
#define NEARPOST_CTL_CTL_H

#include <stdbool.h>

#include "lib/fleet/config.h"

struct ctl {
	const char *config_path;
	struct config config; /* loaded when the verb needs it */
	bool quiet; /* ask_policyd() does not say what is wrong */
	bool json; /* --json was given to a verb whose lesson (lesson.h) has it */
};

/* Exit statuses are those of sysexits(3).  argv[0] is the verb. */
struct ctl_verb {
	const char *name;
	int (*run)(struct ctl *ctl, int argc, char **argv);
	bool needs_config;
	const char *usage; /* behind the verb's name; lines */
	const char *help;  /* one line */
};

int assets_command(struct ctl *ctl, int argc, char **argv);
int audience_command(struct ctl *ctl, int argc, char **argv);
int campaigns_command(struct ctl *ctl, int argc, char **argv);
int cancel_command(struct ctl *ctl, int argc, char **argv);
int doctor_command(struct ctl *ctl, int argc, char **argv);
int drain_command(struct ctl *ctl, int argc, char **argv);
int erase_command(struct ctl *ctl, int argc, char **argv);
int events_command(struct ctl *ctl, int argc, char **argv);
int explain_command(struct ctl *ctl, int argc, char **argv);
int gateways_command(struct ctl *ctl, int argc, char **argv);
int keys_command(struct ctl *ctl, int argc, char **argv);
int lint_command(struct ctl *ctl, int argc, char **argv);
int pause_command(struct ctl *ctl, int argc, char **argv);
int preview_command(struct ctl *ctl, int argc, char **argv);
int print_command(struct ctl *ctl, int argc, char **argv);
int recipients_command(struct ctl *ctl, int argc, char **argv);
int resume_command(struct ctl *ctl, int argc, char **argv);
int send_command(struct ctl *ctl, int argc, char **argv);
int sites_command(struct ctl *ctl, int argc, char **argv);
int status_command(struct ctl *ctl, int argc, char **argv);
int suppress_command(struct ctl *ctl, int argc, char **argv);
int top_command(struct ctl *ctl, int argc, char **argv);
int why_command(struct ctl *ctl, int argc, char **argv);

#endif
