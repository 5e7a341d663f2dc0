#include "gateway-agent/observer.h"

#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>

#include "gateway-agent/desk.h"
#include "gateway-agent/load.h"
#include "gateway-agent/prober.h"
#include "gateway-agent/reporter.h"
#include "gateway-agent/source.h"
#include "gateway-agent/tracker.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

#define TICK_MS 1000
#define SCAN_MS 10000 /* between scans of the queue directory */
#define DNS_TIMEOUT_MS 5000
#define SMTP_PORT 25
#define PROC_MAX (4 * 1024 * 1024)

struct observer {
	const struct config *config;
	struct loop *loop;
	struct tracker *tracker;
	struct halts *halts;
	struct desk *desk;
	struct source *source;
	struct prober *prober;
	struct reporter *reporter;
	struct timer *tick;
	struct sig *term, *interrupt;
	struct load_cpu cpu_last;
	double cpu; /* 0..1 */
	/* Mail in the queue that is not ours, as of the last scan. */
	int64_t other_messages, other_bytes, next_scan_ms;
	bool scan_told;
	struct load_line line;
	int64_t sent_bytes, sampled_ms; /* by all devices, at the last sample */
	/* What of the queue waits for this host, and the sessions. */
	int64_t waiting_messages, waiting_bytes, sessions;
};

static void
on_stop(void *ctx)
{
	struct observer *o = ctx;

	loop_stop(o->loop);
}

static void
on_log(const struct maillog_event *e, const char *mark, void *ctx)
{
	struct observer *o = ctx;

	if (tracker_log(o->tracker, e, mark, clock_wall_ms() * 1000))
		reporter_push(o->reporter);
}

static void
read_proc(const char *path, struct buf *out)
{
	buf_clear(out);
	buf_add_str(out, "");
	if (file_read(path, PROC_MAX, out) != 0)
		buf_clear(out);
}

static void
sample_cpu(struct observer *o)
{
	struct buf text = {0};
	double cpu;

	read_proc("/proc/stat", &text);
	cpu = load_cpu(&o->cpu_last, slice_buf(&text));
	/* Half old, half new: one busy second is not a busy machine. */
	if (cpu >= 0)
		o->cpu = (o->cpu + cpu) / 2;
	buf_free(&text);
}

/* The table knows our adverts; the queue directory, where we may read it, also
 * knows the admin's own mail. */
static void
scan_queue(struct observer *o, int64_t now_ms)
{
	int64_t messages, bytes;
	struct claims_sum sum;

	if (now_ms < o->next_scan_ms)
		return;
	o->next_scan_ms = now_ms + SCAN_MS;
	if (!load_scan_queue(o->config->agent.queue_directory, &messages,
	        &bytes)) {
		if (!o->scan_told)
			log_info("queue_directory=%s cannot be read: only our "
			    "own mail counts as load",
			    o->config->agent.queue_directory);
		o->scan_told = true;
		messages = bytes = 0;
	}
	tracker_count(o->tracker, &sum);
	o->other_messages = messages - (int64_t)sum.queued;
	o->other_bytes = bytes - sum.queued_bytes;
	if (o->other_messages <= 0 || o->other_bytes < 0)
		o->other_messages = o->other_bytes = 0;
}

static void
sample_sockets(const struct observer *o, struct load_sockets *sum)
{
	struct buf text = {0};

	read_proc("/proc/net/tcp", &text);
	load_sockets(slice_buf(&text), sum);
	read_proc("/proc/net/tcp6", &text);
	load_sockets(slice_buf(&text), sum);
	buf_free(&text);
	if (o->prober)
		sum->sessions -= (int64_t)prober_in_flight(o->prober);
	if (sum->sessions < 0)
		sum->sessions = 0;
}

/* Octets a second since the last sample. */
static double
sample_sent(struct observer *o, int64_t now_ms)
{
	int64_t passed_ms = now_ms - o->sampled_ms, sent, before;
	struct buf text = {0};

	read_proc("/proc/net/dev", &text);
	sent = load_sent(slice_buf(&text));
	buf_free(&text);
	before = o->sent_bytes;
	o->sent_bytes = sent;
	o->sampled_ms = now_ms;
	if (sent <= before || passed_ms <= 0)
		return 0;
	return (double)(sent - before) * 1000 / (double)passed_ms;
}

static void
sample_queue(struct observer *o, int64_t now_ms)
{
	const struct config_gateway *me = config_gateway(o->config,
	    o->config->agent.id);
	struct load_facts f = {0};
	struct claims_queue ours;

	/* What came this second may be gone already: the log tells later. */
	tracker_queue(o->tracker, clock_wall_ms() - TICK_MS,
	    LOAD_FIRST_SESSIONS, &ours);
	f.messages = ours.n + o->other_messages;
	f.bytes = ours.bytes + o->other_bytes;
	f.first_sessions = ours.sessions;
	sample_sockets(o, &f.sockets);
	f.sent_bytes_per_s = sample_sent(o, now_ms);
	f.uplink_bytes_per_s = me ? (double)me->uplink_mbit * 125000 : 0;
	load_backlog(&o->line, &f, &o->waiting_messages, &o->waiting_bytes);
	o->sessions = f.sockets.sessions;
}

static void
set_assets(const struct observer *o, struct report *r)
{
	struct desk_assets told = desk_assets(o->desk, clock_mono_ms());
	struct slice rest = slice_of(told.digests), one;

	report_assets_error(r, told.fault);
	while (r->n_digests < REPORT_SETS_MAX &&
	    slice_split(&rest, ',', &one)) {
		if (!report_digest_ok(one))
			continue;
		memcpy(r->digests[r->n_digests], one.data, one.len);
		r->digests[r->n_digests++][one.len] = '\0';
	}
	r->assets_since_ms = r->n_digests && told.since_ms > 0 ?
	    told.since_ms : 0;
}

static void
set_doings(const struct observer *o, struct report *r)
{
	const struct outbox *out = tracker_outbox(o->tracker);
	int64_t *count = r->doings.count;

	r->doings = *desk_doings(o->desk);
	if (o->prober)
		prober_ended(o->prober, &count[DOING_PROBES],
		    &count[DOING_PROBES_FAILED]);
	count[DOING_EVENTS_WAITING] = (int64_t)outbox_count(out);
	count[DOING_EVENTS_DROPPED] = (int64_t)outbox_dropped(out);
}

static void
on_sample(struct report *r, void *ctx)
{
	struct observer *o = ctx;
	struct claims_sum sum;

	tracker_count(o->tracker, &sum);
	r->queue_messages = o->waiting_messages;
	r->queue_bytes = o->waiting_bytes;
	r->accepted_messages = sum.accepted;
	r->accepted_bytes = sum.accepted_bytes;
	r->sent_bytes = sum.removed_bytes;
	r->in_flight = o->sessions;
	r->cpu = o->cpu;
	set_assets(o, r);
	set_doings(o, r);
}

static void
on_probe(const struct report_probe *probe, int64_t interval_ms, void *ctx)
{
	struct observer *o = ctx;

	if (o->prober)
		prober_ask(o->prober, probe->host, probe->site, interval_ms);
}

static void
on_answered(const struct policy_message *m, void *ctx)
{
	struct observer *o = ctx;

	halts_take(o->halts, m);
}

static void
on_rtt(const char *host, int64_t rtt_us, void *ctx)
{
	struct observer *o = ctx;
	char safe[300];

	log_debug("probe host=%s rtt_us=%lld",
	    log_safe(safe, sizeof(safe), host), (long long)rtt_us);
	reporter_rtt(o->reporter, host, rtt_us);
}

static void
on_tick(void *ctx)
{
	struct observer *o = ctx;

	sample_cpu(o);
	scan_queue(o, loop_mono_ms(o->loop));
	sample_queue(o, loop_mono_ms(o->loop));
	tracker_tick(o->tracker, clock_wall_ms(), source_seen_ms(o->source));
}

static bool
start_prober(struct observer *o, char **error_r)
{
	const struct config_agent *a = &o->config->agent;
	struct dns *dns;

	if (!a->probes)
		return true;
	dns = dns_new(o->loop, a->dns_servers, DNS_TIMEOUT_MS, error_r);
	if (!dns)
		return false;
	o->prober = prober_new(o->loop, dns, a->probe_rate, SMTP_PORT,
	    on_rtt, o);
	return true;
}

static bool
start(struct observer *o, char **error_r)
{
	const struct config_agent *a = &o->config->agent;
	struct reporter_ops report = {on_sample, on_probe, on_answered, o};
	struct source_ops log = {on_log, o};

	o->tracker = tracker_open(a->state_directory, error_r);
	if (!o->tracker)
		return false;
	tracker_watch(o->tracker, a->queue_directory);
	o->halts = halts_new();
	o->desk = desk_new(o->loop, a->observer, o->tracker, o->halts,
	    error_r);
	if (!o->desk || !start_prober(o, error_r))
		return false;
	o->reporter = reporter_new(o->loop, o->config,
	    tracker_outbox(o->tracker), &report, error_r);
	if (!o->reporter)
		return false;
	o->source = source_new(o->loop, a->maillog, a->state_directory,
	    outbox_mark(tracker_outbox(o->tracker)), &log);
	sample_cpu(o);
	o->tick = timer_new(o->loop, TICK_MS, true, on_tick, o);
	return true;
}

int
observer_run(const struct config *config, void (*ready)(void))
{
	struct observer o = {.config = config};
	char *error = NULL;
	int status = EX_OK;

	o.loop = loop_new();
	o.term = sig_new(o.loop, SIGTERM, on_stop, &o);
	o.interrupt = sig_new(o.loop, SIGINT, on_stop, &o);
	if (start(&o, &error)) {
		ready();
		log_info("observer: maillog=%s observer=%s",
		    config->agent.maillog, config->agent.observer);
		loop_run(o.loop);
	} else {
		log_warnx("observer: %s", error);
		status = EX_CONFIG;
	}
	free(error);
	timer_free(&o.tick);
	source_free(&o.source);
	reporter_free(&o.reporter);
	prober_free(&o.prober);
	desk_free(&o.desk);
	halts_free(&o.halts);
	tracker_close(&o.tracker);
	sig_free(&o.term);
	sig_free(&o.interrupt);
	loop_free(&o.loop);
	return status;
}
