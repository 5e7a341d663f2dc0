#include "policyd/measures_agents.h"

#include <string.h>

#include "lib/fleet/doings.h"
#include "policyd/agents.h"

#define REFUSED "nearpost_agent_refused_stubs_total"
#define DEFERRED "nearpost_agent_deferred_stubs_total"
#define CERTIFICATE "nearpost_gateway_certificate_not_after_timestamp_seconds"
#define OURS "nearpost_certificate_not_after_timestamp_seconds"

/* One family after the other; of a family with causes they are the last part of
 * the doing's name. */
static const struct {
	enum doing which;
	const char *name, *type, *help; /* help: of the first of its family */
	double unit;
} rows[] = {
    {DOING_EXPANDED, "nearpost_agent_expanded_total", "counter",
	"Stubs grown into adverts since the agent started.", 1},
    {DOING_EXPANDED_BYTES, "nearpost_agent_expanded_bytes_total", "counter",
	"Sizes of these adverts.", 1},
    {DOING_EXPANDING_US, "nearpost_agent_expanding_seconds_total", "counter",
	"Time that growing them took, all threads together.", 1e-6},
    {DOING_REPEATED, "nearpost_agent_repeated_stubs_total", "counter",
	"Stubs whose advert had been accepted before; they were discarded.", 1},
    {DOING_REFUSED_STRAY, REFUSED, "counter",
	"Stubs that the agent refused for good, by cause.", 1},
    {DOING_REFUSED_TICKET, REFUSED, "counter", NULL, 1},
    {DOING_REFUSED_CONTENT, REFUSED, "counter", NULL, 1},
    {DOING_REFUSED_CANCELLED, REFUSED, "counter", NULL, 1},
    {DOING_DEFERRED_KEY, DEFERRED, "counter",
	"Stubs that the agent put off, by cause; each attempt counts.", 1},
    {DOING_DEFERRED_ASSETS, DEFERRED, "counter", NULL, 1},
    {DOING_DEFERRED_CONTENT, DEFERRED, "counter", NULL, 1},
    {DOING_DEFERRED_PAUSED, DEFERRED, "counter", NULL, 1},
    {DOING_DEFERRED_PENDING, DEFERRED, "counter", NULL, 1},
    {DOING_DEFERRED_OBSERVER, DEFERRED, "counter", NULL, 1},
    {DOING_DEFERRED_MTA, DEFERRED, "counter", NULL, 1},
    {DOING_PROBES, "nearpost_agent_probes_total", "counter",
	"Probes of mail servers that the agent has ended.", 1},
    {DOING_PROBES_FAILED, "nearpost_agent_probes_failed_total", "counter",
	"Probes that measured no round trip: no address, or no connection.", 1},
    {DOING_EVENTS_WAITING, "nearpost_agent_events_waiting", "gauge",
	"Deliveries that no policyd has acknowledged to the agent yet.", 1},
    {DOING_EVENTS_DROPPED, "nearpost_agent_events_dropped_total", "counter",
	"Deliveries that were never told: too many waited.", 1},
};

static void
write_gateway(struct buf *out, const struct gateway *g, size_t row)
{
	int64_t n = g->doings.count[rows[row].which];
	const char *dot = strchr(doings_name(rows[row].which), '.');
	struct metric_label labels[2] = {{"gateway", g->id},
	    {"cause", dot ? dot + 1 : ""}};

	if (n >= 0)
		metrics_labelled(out, rows[row].name, labels, dot ? 2 : 1,
		    (double)n * rows[row].unit);
}

static void
write_certificates(const struct policyd *p, struct buf *out)
{
	const struct gateways *all = &p->fleet.gateways;
	int64_t ours_ms = agents_own_certificate_ms(p->agents), ms;
	int slot;

	metrics_head(out, OURS, "gauge", "When the certificate expires that "
	    "policyd shows the agents, and the MTA the gateways.");
	if (ours_ms > 0)
		metrics_value(out, OURS, NULL, NULL, (double)ours_ms / 1000);
	metrics_head(out, CERTIFICATE, "gauge", "When the certificate expires "
	    "that the gateway's agent showed; absent when it is not connected.");
	for (slot = 0; slot < all->n_slots; slot++)
		if (all->slot[slot] && (ms = agents_certificate_ms(p->agents,
		    all->slot[slot]->id)) > 0)
			metrics_value(out, CERTIFICATE, "gateway",
			    all->slot[slot]->id, (double)ms / 1000);
}

void
measures_agents_write(const struct policyd *p, struct buf *out)
{
	const struct gateways *all = &p->fleet.gateways;
	size_t i;
	int slot;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].help)
			metrics_head(out, rows[i].name, rows[i].type,
			    rows[i].help);
		for (slot = 0; slot < all->n_slots; slot++)
			if (all->slot[slot])
				write_gateway(out, all->slot[slot], i);
	}
	write_certificates(p, out);
}
