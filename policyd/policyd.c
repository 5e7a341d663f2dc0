#include "policyd/policyd.h"

#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/base/mem.h"
#include "lib/base/program.h"
#include "policyd/agents.h"
#include "policyd/board.h"
#include "policyd/catalogue.h"
#include "policyd/confwatch.h"
#include "policyd/decisions.h"
#include "policyd/drains.h"
#include "policyd/erased.h"
#include "policyd/eventlog.h"
#include "policyd/front.h"
#include "policyd/holds.h"
#include "policyd/limits.h"
#include "policyd/mirror.h"
#include "policyd/persist.h"
#include "policyd/rates.h"
#include "policyd/resolve.h"
#include "policyd/robin.h"
#include "policyd/share.h"
#include "policyd/status.h"
#include "policyd/tally.h"

#define TICK_MS 1000
#define LAST_WORDS_MS 500
#define DNS_TIMEOUT_MS 1400 /* below RESOLVE_WAIT_MS */
#define BYTES_PER_MBIT 125000

double
policyd_now_s(const struct policyd *p)
{
	(void)p;
	return (double)clock_mono_us() / 1e6;
}

struct schema_now
policyd_now(const struct policyd *p)
{
	return (struct schema_now){policyd_now_s(p), clock_wall_ms()};
}

static void
configure_fleet(struct policyd *p)
{
	const struct config_gateway *in = p->config.gateways.items;
	size_t n = p->config.gateways.n, i;
	struct fleet_row *rows = xcalloc(n + 1, sizeof(*rows));

	for (i = 0; i < n; i++)
		rows[i] = (struct fleet_row){.id = in[i].id,
		    .host = in[i].host,
		    .bytes_per_s = (double)in[i].uplink_mbit *
			BYTES_PER_MBIT};
	fleet_configure(&p->fleet, rows, n);
	p->fleet.report_interval_s =
	    (double)p->config.policyd.report_interval_ms / 1000;
	p->fleet.probe_interval_s =
	    (double)p->config.policyd.probe_interval_ms / 1000;
	p->fleet.probes = p->config.policyd.probes;
	p->fleet.probes_per_s = (double)p->config.policyd.probe_rate;
	free(rows);
}

/* 0, or -1 and catalogue_error; the old set stays. */
static int
load_catalogue(struct policyd *p)
{
	char *error = NULL;
	struct catalogue *c = catalogue_load(p->config.policyd.assets,
	    p->config.policyd.manifest_keys, &error);

	free(p->catalogue_error);
	p->catalogue_error = error;
	if (!c)
		return -1;
	catalogue_free(&p->catalogue);
	p->catalogue = c;
	log_info("assets=%s campaigns=%zu loaded", catalogue_digest(c),
	    catalogue_count(c));
	return 0;
}

static void
on_tick(void *ctx)
{
	struct policyd *p = ctx;

	fleet_tick(&p->fleet, policyd_now_s(p));
	p->fleet.policyds = share_daemons(p->share);
	persist_tick(p->persist);
	decisions_tick(p->decisions);
	tally_look(p->tally);
	board_tick(p->board);
	robin_tick(p->robin);
	if (p->mirror)
		mirror_tick(p->mirror);
}

void
policyd_push(struct policyd *p)
{
	eventlog_flush(p->eventlog);
	persist_send_counters(p->persist);
	decisions_flush(p->decisions);
	share_flush(p->share);
	store_push(p->store);
}

static void
on_hup(void *ctx)
{
	free(policyd_reload(ctx));
}

/* What is in hand goes to Redis first, if it takes it. */
static void
on_last(void *ctx)
{
	struct policyd *p = ctx;
	struct store_stats stats;

	store_stats(p->store, &stats);
	if (stats.pending == 0 ||
	    loop_mono_ms(p->loop) - p->end_ms > LAST_WORDS_MS)
		loop_stop(p->loop);
}

static void
on_end(void *ctx)
{
	struct policyd *p = ctx;

	if (p->end)
		return;
	log_info("ends on a signal");
	persist_tick(p->persist);
	policyd_push(p);
	p->end_ms = loop_mono_ms(p->loop);
	p->end = timer_new(p->loop, 5, true, on_last, p);
}

/* What a reload cannot change: the sockets and Redis are open. */
static void
tell_fixed(const struct config_policyd *old, const struct config_policyd *new)
{
	const struct {
		const char *name, *was, *is;
	} fixed[] = {
	    {"listen", old->listen, new->listen},
	    {"agent_listen", old->agent_listen, new->agent_listen},
	    {"http_listen", old->http_listen, new->http_listen},
	    {"redis", old->redis, new->redis},
	    {"redis_user", old->redis_user, new->redis_user},
	    {"redis_prefix", old->redis_prefix, new->redis_prefix},
	    {"dns_servers", old->dns_servers, new->dns_servers},
	    {"tls_cert", old->tls.cert, new->tls.cert},
	    {"tls_key", old->tls.key, new->tls.key},
	    {"tls_ca", old->tls.ca, new->tls.ca},
	};
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (strcmp(fixed[i].was, fixed[i].is) != 0)
			log_warnx("policyd.%s has changed; it takes effect at "
				  "the next start",
			    fixed[i].name);
	if (old->without_redis != new->without_redis ||
	    old->redis_timeout_ms != new->redis_timeout_ms)
		log_warnx("policyd.without_redis and redis_timeout take effect "
			  "at the next start");
}

void
policyd_take_config(struct policyd *p, struct config *fresh)
{
	char *old_prefix = p->config.policyd.redis_prefix;

	tell_fixed(&p->config.policyd, &fresh->policyd);
	/* Keys of two prefixes in one run would be found by neither. */
	p->config.policyd.redis_prefix = fresh->policyd.redis_prefix;
	fresh->policyd.redis_prefix = old_prefix;
	config_free(&p->config);
	p->config = *fresh;
	p->config_stale = false;
	*fresh = (struct config){0};
	configure_fleet(p);
	limits_configure(p->limits);
	agents_drop_unknown(p->agents);
	persist_load_gateways(p->persist);
}

static void
reload_config(struct policyd *p, char **fault_r)
{
	struct config fresh = {0};
	char *error = NULL;

	confwatch_known(p->confwatch);
	if (config_load(p->config_path, &fresh, &error) != 0) {
		log_warnx("the configuration stays as it was: %s", error);
		p->config_stale = true;
		*fault_r = error;
		return;
	}
	policyd_take_config(p, &fresh);
}

char *
policyd_reload(struct policyd *p)
{
	char *fault = NULL;

	program_notify("RELOADING=1");
	reload_config(p, &fault);
	if (load_catalogue(p) != 0) {
		log_warnx("the asset set stays as it was: %s",
		    p->catalogue_error);
		if (!fault)
			fault = xstrdup(p->catalogue_error);
	}
	metrics_add(&p->metrics,
	    fault ? METRIC_RELOADS_FAILED : METRIC_RELOADS, 1);
	program_notify("READY=1");
	return fault;
}

static int
start_http(struct policyd *p, char **error_r)
{
	const char *where = p->config.policyd.http_listen, *error;
	struct endpoint at;

	if (*where == '\0')
		return 0;
	if (endpoint_parse(where, &at, &error) != 0) {
		*error_r = xasprintf(
		    "policyd.http_listen = \"%s\": %s", where, error);
		return -1;
	}
	p->status = status_new(p);
	p->http = http_new(p->loop, &at, status_answer, p->status, error_r);
	endpoint_free(&at);
	return p->http ? 0 : -1;
}

/* The order is that of need: who answers requests comes last. */
static int
start_parts(struct policyd *p, char **error_r)
{
	const struct config_policyd *c = &p->config.policyd;
	const struct store_options options = {.address = c->redis,
	    .user = c->redis_user,
	    .password_file = c->redis_password_file,
	    .client_name = "nearpost-policyd",
	    .timeout_ms = c->redis_timeout_ms,
	    .metrics = &p->metrics};

	p->store = store_new(p->loop, &options, error_r);
	if (!p->store)
		return -1;
	p->persist = persist_new(p);
	p->erased = erased_new(p);
	p->eventlog = eventlog_new(p);
	p->decisions = decisions_new(p);
	p->drains = drains_new(p);
	p->holds = holds_new(p);
	p->rates = rates_new(p);
	p->share = share_new(p);
	p->tally = tally_new(p);
	p->board = board_new(p);
	p->robin = robin_new(p);
	if (c->without_redis)
		p->mirror = mirror_new(p);
	p->dns =
	    dns_new(p->loop, c->dns_servers, DNS_TIMEOUT_MS, error_r);
	if (!p->dns)
		return -1;
	p->resolver = resolver_new(p);
	p->limits = limits_new(p);
	if (start_http(p, error_r) != 0)
		return -1;
	p->agents = agents_new(p, error_r);
	if (!p->agents)
		return -1;
	p->front = front_new(p, error_r);
	return p->front ? 0 : -1;
}

static void
log_doubts(const struct policyd *p)
{
	char *text = config_doubts(&p->config);
	struct slice rest = slice_of(text), line;

	while (slice_split(&rest, '\n', &line))
		log_warnx("%.*s", (int)line.len, line.data);
	free(text);
}

int
policyd_start(struct policyd *p, int *exit_r)
{
	char *error = NULL;

	p->loop = loop_new();
	p->started_ms = loop_mono_ms(p->loop);
	p->started_wall_ms = clock_wall_ms();
	fleet_init(&p->fleet, 1, 60, true);
	configure_fleet(p);
	log_doubts(p);
	/* Without assets stubs wait; the rest is worth starting for. */
	if (load_catalogue(p) != 0)
		log_warnx("no asset set, all stubs wait: %s",
		    p->catalogue_error);
	if (start_parts(p, &error) != 0) {
		log_warnx("%s", error);
		free(error);
		*exit_r = EX_CONFIG;
		return -1;
	}
	p->confwatch = confwatch_new(p);
	p->tick = timer_new(p->loop, TICK_MS, true, on_tick, p);
	p->hup = sig_new(p->loop, SIGHUP, on_hup, p);
	p->term = sig_new(p->loop, SIGTERM, on_end, p);
	p->intr = sig_new(p->loop, SIGINT, on_end, p);
	return 0;
}

void
policyd_run(struct policyd *p)
{
	loop_run(p->loop);
}

/* Everything here accepts what was never started. */
void
policyd_stop(struct policyd *p)
{
	confwatch_free(&p->confwatch);
	agents_free(&p->agents);
	http_free(&p->http);
	status_free(&p->status);
	timer_free(&p->tick);
	timer_free(&p->end);
	sig_free(&p->hup);
	sig_free(&p->term);
	sig_free(&p->intr);
	/* Jobs under way are answered by these two, to connections that front
	 * still has. */
	dns_free(&p->dns);
	store_free(&p->store);
	front_free(&p->front);
	persist_free(&p->persist);
	erased_free(&p->erased);
	eventlog_free(&p->eventlog);
	decisions_free(&p->decisions);
	drains_free(&p->drains);
	holds_free(&p->holds);
	share_free(&p->share);
	tally_free(&p->tally);
	board_free(&p->board);
	robin_free(&p->robin);
	rates_free(&p->rates);
	mirror_free(&p->mirror);
	catalogue_free(&p->catalogue);
	free(p->catalogue_error);
	limits_free(&p->limits);
	fleet_free(&p->fleet);
	resolver_free(&p->resolver);
	loop_free(&p->loop);
	config_free(&p->config);
}
