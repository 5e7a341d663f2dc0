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
#include "lib/fleet/fleet.h"

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
};
STAILQ_HEAD(mails, mail);

struct choose {
	struct fleet fleet;
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

static struct gateway *
gateway_of(const struct choose *c, double number)
{
	if (!(number >= 0 && number < c->n_configured))
		return NULL;
	return gateway_find(&c->fleet.gateways, c->id[(int)number]);
}

static const char *
host_of(char host[16], double site)
{
	(void)snprintf(host, 16, "s%d", (int)site);
	return host;
}

static struct site *
site_of(struct choose *c, double number, double now_s)
{
	char text[16];
	const char *host;

	if (!(number >= 0 && number < c->n_sites))
		return NULL;
	host = host_of(text, number);
	return site_get(&c->fleet.sites, &host, 1, now_s);
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
	    a[2] > SITES_HERE_MAX || a[4] <= 0)
		return;
	c->n_gateways = (int)a[1];
	c->n_sites = (int)a[2];
	c->fleet.report_interval_s = a[4];
	c->open = xcalloc((size_t)c->n_gateways * (size_t)c->n_sites,
	    sizeof(*c->open));
}

static void
take_report(struct choose *c, struct gateway *g, struct report *r, double now_s)
{
	r->seq = ++c->seq;
	r->now_ms = (int64_t)(now_s * 1000);
	r->n_digests = 1;
	memcpy(r->digests[0], SET, sizeof(SET));
	(void)fleet_report(&c->fleet, g, r, now_s, r->now_ms);
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
	fleet_configure(&c->fleet, c->rows, (size_t)c->n_configured);
	take_report(c, gateway_of(c, n), &nothing, 0);
}

static void
on_rtt(struct choose *c, const double *a)
{
	struct gateway *g = gateway_of(c, a[1]);
	char host[16];

	if (g && a[3] > 0 && site_of(c, a[2], a[0]))
		fleet_rtt(&c->fleet, g, host_of(host, a[2]), a[3], a[0]);
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
	struct gateway *g = gateway_of(c, a[1]);
	struct report r = {.queue_bytes = (int64_t)a[2],
	    .queue_messages = (int64_t)a[3],
	    .accepted_bytes = (int64_t)a[4],
	    .accepted_messages = (int64_t)a[5],
	    .sent_bytes = (int64_t)a[6],
	    .in_flight = (int64_t)a[8]};

	if (g && c->has_report)
		take_report(c, g, &r, a[0]);
	c->has_report = false;
}

static void
deliver(struct choose *c, const double *a, enum delivery_status status,
    double bytes, double session_s)
{
	struct gateway *g = gateway_of(c, a[1]);
	struct site *site = site_of(c, a[2], a[0]);
	struct delivery d = {.status = status,
	    .conn_use = 2, /* connections are kept there, and measured apart */
	    .delays_us = {-1, -1, (int64_t)(session_s * 1e6), 0}};
	unsigned char id[BOOKING_ID_SIZE];
	struct buf hex = {0};
	struct mail *m;

	if (!g || !site)
		return;
	m = take_mail(c, (int)a[1], (int)a[2], bytes);
	if (m) {
		ticket_of(m->number, id);
		hex_encode(&hex, id, sizeof(id));
		memcpy(d.ticket, hex.data, hex.len + 1);
		buf_free(&hex);
		free(m);
	}
	fleet_delivery(&c->fleet, g, site, &d, a[0]);
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
	struct gateway *g = gateway_of(c, a[1]);

	if (g)
		fleet_refused(g, a[0]);
}

static void
on_lost(struct choose *c, const double *a)
{
	unsigned char id[BOOKING_ID_SIZE];
	struct mail *m;

	if (!gateway_of(c, a[1]) || !site_of(c, a[2], a[0]))
		return;
	m = take_mail(c, (int)a[1], (int)a[2], a[3]);
	if (!m)
		return;
	ticket_of(m->number, id);
	(void)fleet_unbook(&c->fleet, id, a[0]);
	free(m);
}

/* Nobody alive: some gateway has to be named, and hope. */
static void
on_choose(struct choose *c, const double *a)
{
	struct fleet_question q = {.site = site_of(c, a[3], a[0]),
	    .size_bytes = a[4],
	    .asset_digest = SET};
	static struct fleet_choice choice;
	unsigned char id[BOOKING_ID_SIZE];
	struct mail *m;
	int g;

	if (!q.site || c->n_configured == 0)
		return;
	fleet_tick(&c->fleet, a[0]);
	fleet_choose(&c->fleet, &q, a[0], true, &choice);
	/* Slots are given in the order of the gw lines. */
	g = choice.first >= 0 ? choice.first : 0;
	m = xcalloc(1, sizeof(*m));
	m->number = ++c->numbers;
	m->bytes = a[4];
	ticket_of(m->number, id);
	STAILQ_INSERT_TAIL(open_mails(c, g, (int)a[3]), m, link);
	fleet_book(&c->fleet, id, g, q.site, a[4], a[0]);
	(void)printf("%d\n", g);
	(void)fflush(stdout);
}

static const struct {
	const char *verb;
	int n_arguments;
	bool belongs_to_report; /* when of the same gateway */
	void (*handle)(struct choose *c, const double *a);
} lines[] = {
    {"choose", 5, false, on_choose},
    {"rtt", 4, true, on_rtt},
    {"done", 7, true, on_done},
    {"report", 9, false, on_report},
    {"defer", 3, false, on_defer},
    {"lost", 4, false, on_lost},
    {"fail", 2, false, on_fail},
    {"gw", 6, false, on_gw},
    {"hello", 5, false, on_hello},
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

	fleet_init(&c.fleet, 1, 60, false);
	c.fleet.sites.max = SITES_HERE_MAX;
	c.fleet.sites.max_pairs = PAIRS_HERE_MAX;
	while (fgets(line, sizeof(line), stdin)) {
		struct slice s = slice_trim(slice_of(line));

		if (slice_eq_str(s, "bye"))
			break;
		take_line(&c, s);
	}
	forget_mails(&c);
	fleet_free(&c.fleet);
	return 0;
}
