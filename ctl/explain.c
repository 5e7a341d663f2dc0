/* nearpostctl explain: the decision that would be taken now. */
#include <stdio.h>
#include <sysexits.h>

#include "ctl/ask.h"
#include "ctl/row_json.h"
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

static void
print_json(struct arena *arena, const struct policy_message *m)
{
	static const char *const names[] = {"recipient", "listed", "site",
	    "site_status", "creative", "asset_digest", "reason"};
	struct slice verdict = policy_get(m, "verdict"), word = {"", 0};
	struct json *root = json_begin();

	(void)slice_split(&verdict, ' ', &word);
	json_add_text(root, "verdict", word);
	json_add_text(root, slice_eq_str(word, "RELAY") ? "gateways" : "text",
	    verdict);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (policy_get(m, names[i]).data)
			json_add_text(root, names[i], policy_get(m, names[i]));
	json_add_int(root, "size", policy_get_int(m, "size", 0, 0, INT64_MAX));
	row_json_list(root, "rows", arena, m, "row");
	json_print(&root);
}

int
explain_command(struct ctl *ctl, int argc, char **argv)
{
	struct arena *arena;
	struct buf question = {0};
	struct policy_message m;
	int status;

	if (argc != 3) {
		fputs("usage: nearpostctl explain ADDRESS CAMPAIGN [--json]\n", stderr);
		return EX_USAGE;
	}
	arena = arena_new();
	policy_add_str(&question, "request", "nearpost_explain");
	policy_add_str(&question, "recipient", argv[1]);
	policy_add_str(&question, "campaign", argv[2]);
	policy_end(&question);
	status = ask_policyd(ctl, arena, slice_buf(&question), &m);
	if (status == EX_OK && ctl->json)
		print_json(arena, &m);
	else if (status == EX_OK)
		print_explained(arena, &m);
	buf_free(&question);
	arena_free(&arena);
	return status;
}
