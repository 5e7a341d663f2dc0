/* The product's choice of a gateway behind the line protocol of a simulator, to
 * be held against others: lines on stdin, an answer for each choose.
 *
 *	hello 1 G S DAEMONS REPORT_INTERVAL
 *	gw ID NOMINAL_BPS CPU_BPS CTL_RTT MAXCONN SITECONN
 *	rtt T G S SECONDS
 *	report T G QUEUE_B QUEUE_N ACCEPTED_B ACCEPTED_N SENT_B LATENCY SESSIONS
 *	done T G S BYTES TTR RTT SESSION_S      defer T G S
 *	fail T G (connect failed)               lost T G S BYTES (undo)
 *	choose T ID DAEMON S BYTES              answer: G         bye
 *
 * Everything that decides is in lib/fleet; here are only the lines, and which
 * mail a line means: the simulator does not say, so it is the oldest that fits.
 * A line that makes no sense is passed over. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "lib/base/codec.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "tests/sim/daemons.h"

#define LINE_MAX_OCTETS 512
#define ARGUMENTS_MAX 9
#define SITES_HERE_MAX 100000
#define PAIRS_HERE_MAX 2000000
#define NUMBER_MAX 1e15
/* The only asset set there is. */
#define SET \
	"sha256:" \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

struct mail {
	STAILQ_ENTRY(mail) link;
	uint64_t number;
	double bytes;
	int daemon; /* that gave it a gateway */
};
STAILQ_HEAD(mails, mail);

struct choose {
	struct daemons daemons;
	int n_gateways, n_sites, n_configured;
	char id[GATEWAYS_MAX][16];
	struct fleet_row rows[GATEWAYS_MAX];
	struct mails *open; /* by gateway and site; all zeroes = none yet */
	uint64_t numbers;
	int64_t seq;
	/* A gateway tells of deliveries before it reports, the simulator after:
	 * the report waits for what belongs to it. */
	double report[ARGUMENTS_MAX];
	bool has_report;
};

static struct mails *
open_mails(struct choose *c, int gateway, int site)
{
	struct mails *m =
	    &c->open[(size_t)gateway * (size_t)c->n_sites + (size_t)site];

	if (!m->stqh_last)
		STAILQ_INIT(m);
	return m;
}

/* The oldest of that size, or else the oldest.  NULL when none is open. */
static struct mail *
take_mail(struct choose *c, int gateway, int site, double bytes)
{
	struct mails *all = open_mails(c, gateway, site);
	struct mail *m;

	STAILQ_FOREACH (m, all, link)
		if (fabs(m->bytes - bytes) < 0.5)
			break;
	if (!m)
		m = STAILQ_FIRST(all);
	if (m)
		STAILQ_REMOVE(all, m, mail, link);
	return m;
}

static const char *
host_of(char host[16], double site)
{
	(void)snprintf(host, 16, "s%d", (int)site);
	return host;
}

/* Gateways have the slots of the order of their gw lines. */
static bool
gateway_known(const struct choose *c, double gateway)
{
	return gateway >= 0 && gateway < c->n_configured;
}

static bool
pair_known(const struct choose *c, double gateway, double site)
{
	return gateway_known(c, gateway) && site >= 0 && site < c->n_sites;
}

static void
ticket_of(uint64_t number, unsigned char id_r[BOOKING_ID_SIZE])
{
	memset(id_r, 0, BOOKING_ID_SIZE);
	memcpy(id_r, &number, sizeof(number));
}

static void
on_hello(struct choose *c, const double *a)
{
	if (c->open || a[1] < 1 || a[1] > GATEWAYS_MAX || a[2] < 1 ||
	    a[2] > SITES_HERE_MAX || a[3] < 1 || a[3] > DAEMONS_MAX ||
	    a[4] <= 0)
		return;
	c->n_gateways = (int)a[1];
	c->n_sites = (int)a[2];
	daemons_init(&c->daemons, (int)a[3], a[4], SITES_HERE_MAX,
	    PAIRS_HERE_MAX);
	c->open = xcalloc((size_t)c->n_gateways * (size_t)c->n_sites,
	    sizeof(*c->open));
}

static void
take_report(struct choose *c, int gateway, struct report *r, double now_s)
{
	r->seq = ++c->seq;
	r->now_ms = (int64_t)(now_s * 1000);
	r->n_digests = 1;
	memcpy(r->digests[0], SET, sizeof(SET));
	daemons_report(&c->daemons, gateway, r, now_s);
}

/* A gateway that is there has said so. */
static void
on_gw(struct choose *c, const double *a)
{
	double cpu = a[2], uplink = a[1];
	struct report nothing = {0};
	int n = c->n_configured;

	if (n >= c->n_gateways || fabs(a[0] - n) > 0 || uplink < 1 || cpu < 1 ||
	    !(a[5] >= 0 && a[5] < UINT16_MAX))
		return;
	(void)snprintf(c->id[n], sizeof(c->id[n]), "g%03d", n);
	c->rows[n] = (struct fleet_row){.id = c->id[n],
	    .host = c->id[n],
	    .bytes_per_s = uplink < cpu ? uplink : cpu,
	    .site_sessions = (int)a[5]};
	c->n_configured++;
	daemons_configure(&c->daemons, c->rows, (size_t)c->n_configured);
	take_report(c, n, &nothing, 0);
}

static void
on_rtt(struct choose *c, const double *a)
{
	char host[16];

	if (pair_known(c, a[1], a[2]) && a[3] > 0)
		daemons_rtt(&c->daemons, (int)a[1], host_of(host, a[2]), a[3],
		    a[0]);
}

static void
on_report(struct choose *c, const double *a)
{
	memcpy(c->report, a, sizeof(c->report));
	c->has_report = true;
}

static void
settle_report(struct choose *c)
{
	const double *a = c->report;
	struct report r = {.queue_bytes = (int64_t)a[2],
	    .queue_messages = (int64_t)a[3],
	    .accepted_bytes = (int64_t)a[4],
	    .accepted_messages = (int64_t)a[5],
	    .sent_bytes = (int64_t)a[6],
	    .in_flight = (int64_t)a[8]};

	if (c->has_report && gateway_known(c, a[1]))
		take_report(c, (int)a[1], &r, a[0]);
	c->has_report = false;
}

static void
deliver(struct choose *c, const double *a, enum delivery_status status,
    double bytes, double session_s)
{
	struct delivery d = {.status = status,
	    .conn_use = 2, /* connections are kept there, and measured apart */
	    .delays_us = {-1, -1, (int64_t)(session_s * 1e6), 0}};
	unsigned char id[BOOKING_ID_SIZE];
	struct buf hex = {0};
	struct mail *m;
	char host[16];

	if (!pair_known(c, a[1], a[2]))
		return;
	m = take_mail(c, (int)a[1], (int)a[2], bytes);
	if (m) {
		ticket_of(m->number, id);
		hex_encode(&hex, id, sizeof(id));
		memcpy(d.ticket, hex.data, hex.len + 1);
		buf_free(&hex);
		free(m);
	}
	daemons_delivery(
	    &c->daemons, (int)a[1], host_of(host, a[2]), &d, a[0]);
}

static void
on_done(struct choose *c, const double *a)
{
	deliver(c, a, DELIVERY_SENT, a[3], a[6]);
}

static void
on_defer(struct choose *c, const double *a)
{
	deliver(c, a, DELIVERY_DEFERRED, -1, -1e-6);
}

static void
on_fail(struct choose *c, const double *a)
{
	if (gateway_known(c, a[1]))
		daemons_refused(&c->daemons, (int)a[1], a[0]);
}

static void
on_lost(struct choose *c, const double *a)
{
	unsigned char id[BOOKING_ID_SIZE];
	struct mail *m;

	if (!pair_known(c, a[1], a[2]))
		return;
	m = take_mail(c, (int)a[1], (int)a[2], a[3]);
	if (!m)
		return;
	ticket_of(m->number, id);
	daemons_undo(&c->daemons, m->daemon, id, a[0]);
	free(m);
}

static void
on_choose(struct choose *c, const double *a)
{
	unsigned char id[BOOKING_ID_SIZE];
	char host[16];
	struct mail *m;
	int g;

	if (!pair_known(c, 0, a[3]) || !(a[2] >= 0 && a[2] < c->daemons.n))
		return;
	m = xcalloc(1, sizeof(*m));
	m->number = ++c->numbers;
	m->bytes = a[4];
	m->daemon = (int)a[2];
	ticket_of(m->number, id);
	g = daemons_choose(&c->daemons, m->daemon, id, host_of(host, a[3]),
	    a[4], SET, a[0]);
	STAILQ_INSERT_TAIL(open_mails(c, g, (int)a[3]), m, link);
	(void)printf("%d\n", g);
	(void)fflush(stdout);
}

static const struct {
	const char *verb;
	int n_arguments;
	bool belongs_to_report; /* when of the same gateway */
	bool is_now;            /* T is the time */
	void (*handle)(struct choose *c, const double *a);
} lines[] = {
    {"choose", 5, false, true, on_choose},
    {"rtt", 4, true, true, on_rtt},
    {"done", 7, true, true, on_done},
    {"report", 9, false, false, on_report},
    {"defer", 3, false, true, on_defer},
    {"lost", 4, false, true, on_lost},
    {"fail", 2, false, true, on_fail},
    {"gw", 6, false, false, on_gw},
    {"hello", 5, false, false, on_hello},
};

static void
take_line(struct choose *c, struct slice rest)
{
	double arguments[ARGUMENTS_MAX];
	struct slice verb, part;
	size_t i;
	int n = 0;

	if (!slice_split(&rest, ' ', &verb))
		return;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (slice_eq_str(verb, lines[i].verb))
			break;
	if (i == sizeof(lines) / sizeof(lines[0]))
		return;
	while (n < lines[i].n_arguments && slice_split(&rest, ' ', &part))
		if (text_double(part, -NUMBER_MAX, NUMBER_MAX,
			&arguments[n++]) != 0)
			return;
	if (n < lines[i].n_arguments || rest.len)
		return;
	if (c->has_report && (!lines[i].belongs_to_report ||
	    fabs(arguments[1] - c->report[1]) > 0))
		settle_report(c);
	/* A report tells of a moment that is over. */
	if (lines[i].is_now)
		daemons_at(&c->daemons, arguments[0]);
	lines[i].handle(c, arguments);
}

static void
forget_mails(struct choose *c)
{
	int g, s;

	for (g = 0; g < c->n_gateways; g++)
		for (s = 0; s < c->n_sites; s++) {
			struct mails *all = open_mails(c, g, s);
			struct mail *m;

			while ((m = STAILQ_FIRST(all)) != NULL) {
				STAILQ_REMOVE_HEAD(all, link);
				free(m);
			}
		}
	free(c->open);
}

int
main(void)
{
	static struct choose c;
	char line[LINE_MAX_OCTETS];

	while (fgets(line, sizeof(line), stdin)) {
		struct slice s = slice_trim(slice_of(line));

		if (slice_eq_str(s, "bye"))
			break;
		take_line(&c, s);
	}
	forget_mails(&c);
	daemons_free(&c.daemons);
	return 0;
}
