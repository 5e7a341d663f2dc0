/* nearpostctl explain: the decision that would be taken now. */
#include <stdio.h>
#include <sysexits.h>

#include "ctl/ask.h"
#include "ctl/score_table.h"
#include "lib/base/text.h"

static void
print_explained(struct arena *arena, const struct policy_message *m)
{
	struct slice verdict = policy_get(m, "verdict"), ranking = verdict, word;
	char size[32];

	text_human_bytes(size, sizeof(size),
	    policy_get_int(m, "size", 0, 0, INT64_MAX));
	printf("%.*s\n", (int)verdict.len, verdict.data);
	printf("in the database: %s   site: %s (%s)   creative: %s, %s\n",
	    policy_get_str(arena, m, "listed"),
	    policy_get_str(arena, m, "site"),
	    policy_get_str(arena, m, "site_status"),
	    policy_get_str(arena, m, "creative"), size);
	if (policy_get(m, "reason").len)
		printf("decided by: %s\n", policy_get_str(arena, m, "reason"));
	if (!slice_split(&ranking, ' ', &word) ||
	    !slice_eq_str(word, "RELAY"))
		ranking = (struct slice){"", 0};
	score_table_print(arena, m, ranking);
}

int
explain_command(struct ctl *ctl, int argc, char **argv)
{
	struct arena *arena;
	struct buf question = {0};
	struct policy_message m;
	int status = EX_UNAVAILABLE;

	if (argc != 3) {
		fputs("usage: nearpostctl explain ADDRESS CAMPAIGN\n", stderr);
		return EX_USAGE;
	}
	arena = arena_new();
	policy_add_str(&question, "request", "nearpost_explain");
	policy_add_str(&question, "recipient", argv[1]);
	policy_add_str(&question, "campaign", argv[2]);
	policy_end(&question);
	if (ask_policyd(ctl, arena, slice_buf(&question), &m) == 0) {
		print_explained(arena, &m);
		status = EX_OK;
	}
	buf_free(&question);
	arena_free(&arena);
	return status;
}
