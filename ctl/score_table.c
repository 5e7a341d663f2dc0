#include "ctl/score_table.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *verdict, *text;
} passed_over[] = {
    {"drained", "taken out of service by an admin"},
    {"dead", "never reported since policyd runs"},
    {"silent", "silent: no report lately"},
    {"refused", "refused a connection after its last report"},
    {"no_assets", "does not hold our asset set"},
    {"not_routable", "not in the mail server's transport table"},
    {"site_rate", "has sent the site what the admin allows"},
};
#define N_PASSED_OVER (sizeof(passed_over) / sizeof(passed_over[0]))

/* 1 for the first of the ranking; 0 when it is not in it. */
static int
place(struct slice ranking, struct slice id)
{
	struct slice part;
	int n = 0;

	while (slice_split(&ranking, ',', &part)) {
		n++;
		if (slice_eq(part, id))
			return n;
	}
	return 0;
}

/* Behind the verdict: few sites have a limit. */
static void
print_limit(struct slice row)
{
	double wait_ms = fleet_number(row, "limit_wait_ms");
	char limit[64];

	fleet_limit_text(limit, sizeof(limit), row);
	if (strcmp(limit, "-") != 0)
		printf("; limit %s", limit);
	if (wait_ms > 0)
		printf(", room in %.2f s", wait_ms / 1000);
}

static void
print_verdict(struct slice row, double best_ms, int in_ranking)
{
	struct slice verdict = fleet_field(row, "verdict");
	double behind_s = (fleet_number(row, "total_ms") - best_ms) / 1000;

	if (!slice_eq_str(verdict, "eligible")) {
		for (size_t i = 0; i < N_PASSED_OVER; i++)
			if (slice_eq_str(verdict, passed_over[i].verdict))
				printf("passed over: %s", passed_over[i].text);
	} else if (in_ranking == 1) {
		printf("chosen");
	} else if (in_ranking == 0 && behind_s <= 0) {
		printf("best");
	} else {
		printf("%s%.2f s later", in_ranking ? "second choice, " : "",
		    behind_s);
	}
	print_limit(row);
	(void)putchar('\n');
}

static void
print_row(struct slice row, double best_ms, int in_ranking)
{
	static const char *const terms[] = {
	    "queue_ms", "rtt_ms", "sessions_ms", "deferral_ms", "throttle_ms"};
	struct slice id = fleet_field(row, "id");
	bool eligible = slice_eq_str(fleet_field(row, "verdict"), "eligible");
	char rtt[64];

	fleet_rtt_text(rtt, sizeof(rtt), row);
	printf("%-10.*s %-26s", (int)id.len, id.data, eligible ? rtt : "-");
	if (eligible)
		printf(" %8.2f", fleet_number(row, "wait_ms") / 1000);
	else
		printf(" %8s", "-");
	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
		if (eligible)
			printf(" %8.2f", fleet_number(row, terms[i]) / 1000);
		else
			printf(" %8s", "-");
	}
	if (eligible)
		printf(" %8.2f  ", fleet_number(row, "total_ms") / 1000);
	else
		printf(" %8s  ", "-");
	print_verdict(row, best_ms, in_ranking);
}

void
score_table_print(struct arena *arena, const struct policy_message *m,
    struct slice ranking)
{
	double best_ms = 0;
	struct slice row;

	if (!fleet_row(arena, m, "row", 0, &row))
		return;
	best_ms = fleet_number(row, "total_ms");
	puts("\nSeconds: wait is for the gateway's whole backlog, total the sum "
	     "of queue to throttle.");
	puts("gateway    round trip                     wait    queue      way "
	     "sessions deferral throttle    total  verdict");
	for (int n = 0; fleet_row(arena, m, "row", n, &row); n++)
		print_row(row, best_ms,
		    place(ranking, fleet_field(row, "id")));
}
