#include "gateway-agent/expander.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "gateway-agent/asker.h"
#include "gateway-agent/desk.h"
#include "gateway-agent/expand.h"
#include "gateway-agent/shelf.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

#define MTA_TIMEOUT_S 7210   /* longer than any MTA keeps a connection */
#define KEEPER_MS 500
#define RETRY_ASSETS_MS 30000

struct expander {
	const struct config *config;
	struct shelf *shelf;
	struct asker *asker;
	void (*ready)(void);
	struct log_limit observer_limit;
	_Atomic int64_t did[DOING_N];
};

/* What done() needs to know of decide(). */
struct kept {
	struct assets *assets; /* the advert's bytes live in it */
	const char *ticket;
	bool claimed;
};

static void
did(struct expander *x, enum doing what, int64_t n)
{
	(void)atomic_fetch_add_explicit(&x->did[what], n, memory_order_relaxed);
}

/* It ended in a refusal: the one doing, or the other when it may come again. */
static void
did_not(struct expander *x, const struct session_edits *edits,
    enum doing refused, enum doing deferred)
{
	did(x, *edits->reply[0] == '5' ? refused : deferred, 1);
}

static enum session_look
look(const struct session_message *m, struct session_edits *edits, void *ctx)
{
	struct expander *x = ctx;
	enum session_look what = expand_look(m, x->config->relay_domain, edits);

	if (what == SESSION_REFUSE)
		did(x, DOING_REFUSED_STRAY, 1);
	return what;
}

/* Tells the observer; -1 when it does not answer. */
static int
ask(struct expander *x, struct arena *arena, const struct buf *request,
    struct policy_message *answer_r)
{
	const char *error = "";

	if (asker_ask(x->asker, slice_buf(request), arena, answer_r,
	        &error) == 0)
		return 0;
	if (log_may(&x->observer_limit, clock_mono_ms(), 10000))
		log_warnx("observer=%s: %s: stubs wait",
		    x->config->agent.observer, error);
	return -1;
}

static void
write_claim(struct buf *out, const struct session_message *m,
    const struct expand_job *job, int64_t now_ms)
{
	const struct ticket *t = &job->ticket;

	policy_add_str(out, "request", "claim");
	policy_add_str(out, "ticket", t->id);
	policy_add_str(out, "queue_id", m->queue_id);
	policy_addf(out, "expires_ms", "%lld", (long long)t->expires_ms);
	policy_addf(out, "requested_ms", "%lld", (long long)t->requested_ms);
	policy_addf(out, "eom_ms", "%lld", (long long)now_ms);
	policy_add_str(out, "campaign", t->campaign);
	policy_add_str(out, "creative", t->creative);
	policy_add_str(out, "recipient",
	    address_text(m->arena, &job->recipient));
	policy_addf(out, "size", "%zu", job->advert.body_size);
	policy_end(out);
}

/* 0: it is ours to expand. */
static int
claim(struct expander *x, const struct session_message *m,
    const struct expand_job *job, int64_t now_ms,
    struct session_edits *edits)
{
	struct policy_message answer;
	struct slice action;
	struct buf request = {0};
	int rc;

	if (*m->queue_id == '\0') {
		did(x, DOING_DEFERRED_OBSERVER, 1);
		expand_later(m->arena, edits, "the MTA gave no queue id");
		return -1;
	}
	write_claim(&request, m, job, now_ms);
	rc = ask(x, m->arena, &request, &answer);
	buf_free(&request);
	if (rc != 0) {
		did(x, DOING_DEFERRED_OBSERVER, 1);
		expand_later(m->arena, edits, "the ticket cannot be checked now");
		return -1;
	}
	action = policy_get(&answer, "action");
	if (slice_eq_str(action, "NEW"))
		return 0;
	if (slice_eq_str(action, "ACCEPTED")) {
		did(x, DOING_REPEATED, 1);
		memset(edits, 0, sizeof(*edits));
		edits->verdict = SESSION_DISCARD;
		log_info("%s: ticket=%s repeated: the advert was accepted "
		    "before; discarded", m->queue_id, job->ticket.id);
	} else if (slice_eq_str(action, "CANCELLED")) {
		did(x, DOING_REFUSED_CANCELLED, 1);
		expand_cancelled(m->arena, edits,
		    policy_get_str(m->arena, &answer, "text"));
	} else if (slice_eq_str(action, "PAUSED")) {
		did(x, DOING_DEFERRED_PAUSED, 1);
		expand_later(m->arena, edits,
		    policy_get_str(m->arena, &answer, "text"));
	} else {
		did(x, DOING_DEFERRED_PENDING, 1);
		expand_later(m->arena, edits, slice_eq_str(action, "PENDING") ?
		    "an earlier attempt is not settled yet" :
		    "the ticket cannot be claimed");
	}
	return -1;
}

static void
decide(const struct session_message *m, struct session_edits *edits,
    void *ctx)
{
	struct expander *x = ctx;
	const struct config_agent *a = &x->config->agent;
	struct kept *kept = arena_alloc(m->arena, sizeof(*kept));
	struct expand_job *job = arena_alloc(m->arena, sizeof(*job));
	struct keyring *keys = shelf_keys(x->shelf);
	int64_t now_ms = clock_wall_ms(), began_us = clock_mono_us();
	char why[500];

	*m->keep = kept;
	if (expand_check(m, x->config->relay_domain, keys, now_ms,
	        a->clock_tolerance_ms, job, edits) != 0) {
		did_not(x, edits, DOING_REFUSED_TICKET, DOING_DEFERRED_KEY);
		goto out;
	}
	kept->ticket = job->ticket.id;
	kept->assets = shelf_assets(x->shelf, job->ticket.asset_digest);
	if (expand_build(m, kept->assets, (size_t)a->max_advert_size, now_ms,
	        job, edits) != 0) {
		did_not(x, edits, DOING_REFUSED_CONTENT, kept->assets ?
		    DOING_DEFERRED_CONTENT : DOING_DEFERRED_ASSETS);
		goto out;
	}
	if (claim(x, m, job, now_ms, edits) != 0)
		goto out;
	kept->claimed = true;
	expand_edits(m, job, edits);
	did(x, DOING_EXPANDED, 1);
	did(x, DOING_EXPANDED_BYTES, (int64_t)job->advert.body_size);
	did(x, DOING_EXPANDING_US, clock_mono_us() - began_us);
	log_info("%s: ticket=%s campaign=%s creative=%s size=%zu expanded",
	    m->queue_id, job->ticket.id, job->ticket.campaign,
	    job->ticket.creative, job->advert.body_size);
out:
	if (edits->reply[2])
		log_info("%s: ticket=%s reply=%s text=\"%s\"", m->queue_id,
		    *job->ticket.id ? job->ticket.id : "none",
		    edits->reply[0],
		    log_safe(why, sizeof(why), edits->reply[2]));
	keyring_unref(&keys);
}

/* The edits did not get through: nobody has the advert, the ticket is free. */
static void
release(struct expander *x, const struct session_message *m,
    const char *ticket)
{
	struct policy_message answer;
	struct buf request = {0};

	policy_add_str(&request, "request", "release");
	policy_add_str(&request, "ticket", ticket);
	policy_add_str(&request, "queue_id", m->queue_id);
	policy_end(&request);
	(void)ask(x, m->arena, &request, &answer);
	buf_free(&request);
	log_warnx("%s: ticket=%s the MTA did not take the changes", m->queue_id,
	    ticket);
}

static void
done(const struct session_message *m, bool applied, void *ctx)
{
	struct kept *kept = *m->keep;

	if (!kept)
		return;
	if (kept->claimed && !applied) {
		did(ctx, DOING_DEFERRED_MTA, 1);
		release(ctx, m, kept->ticket);
	}
	assets_unref(&kept->assets);
}

static void
on_ready(void *ctx)
{
	const struct expander *x = ctx;

	log_info("expander: listen=%s relay_domain=%s", x->config->agent.listen,
	    x->config->relay_domain);
	x->ready();
}

static void
on_reload(void *ctx)
{
	struct expander *x = ctx;

	(void)shelf_reload(x->shelf, clock_wall_ms());
}

/* What the observer was told last, and when. */
struct told {
	unsigned version;
	int64_t when_ms; /* monotonic */
};

/* Of the rest the observer knows. */
static void
tell_doings(struct expander *x, struct buf *request)
{
	struct doings doings;

	doings_clear(&doings);
	for (int i = DOING_EXPANDED; i <= DOING_DEFERRED_MTA; i++)
		doings.count[i] = atomic_load_explicit(&x->did[i],
		    memory_order_relaxed);
	doings_write(request, &doings);
}

/* Tell the observer which sets we hold, on a connection that stays: its end tells
 * that we are gone, and its silence that we hang.  fd: the connection, or -1;
 * returns the same. */
static int
tell_assets(struct expander *x, int fd, struct told *told)
{
	struct buf request = {0};
	struct shelf_state state;
	struct arena *arena = arena_new();
	unsigned version = shelf_state(x->shelf, &state);
	struct policy_message answer;
	const char *error;
	char c;

	if (fd >= 0 && recv(fd, &c, 1, MSG_DONTWAIT | MSG_PEEK) == 0) {
		(void)close(fd);
		fd = -1;
	}
	if (fd >= 0 && version == told->version &&
	    clock_mono_ms() - told->when_ms < DESK_TELL_MS)
		goto out;
	if (fd < 0)
		fd = asker_connect(x->asker);
	if (fd < 0)
		goto out;
	policy_add_str(&request, "request", "assets");
	policy_add(&request, "digests", slice_buf(&state.digests));
	policy_addf(&request, "since_ms", "%lld", (long long)state.since_ms);
	policy_add(&request, "fault", slice_buf(&state.fault));
	tell_doings(x, &request);
	policy_end(&request);
	if (asker_ask_on(fd, slice_buf(&request), arena, &answer, &error) ==
	    0)
		*told = (struct told){version, clock_mono_ms()};
	else {
		(void)close(fd);
		fd = -1;
	}
out:
	arena_free(&arena);
	shelf_state_free(&state);
	buf_free(&request);
	return fd;
}

static void *
keeper(void *arg)
{
	const struct timespec pause = {KEEPER_MS / 1000,
	    (KEEPER_MS % 1000) * 1000000L};
	struct expander *x = arg;
	int64_t next_try_ms = clock_mono_ms() + RETRY_ASSETS_MS;
	struct told told = {0, 0};
	int fd = -1;

	for (;;) {
		shelf_prune(x->shelf, clock_wall_ms());
		if (shelf_empty(x->shelf) && clock_mono_ms() >= next_try_ms) {
			(void)shelf_reload(x->shelf, clock_wall_ms());
			next_try_ms = clock_mono_ms() + RETRY_ASSETS_MS;
		}
		fd = tell_assets(x, fd, &told);
		(void)nanosleep(&pause, NULL);
	}
	return NULL;
}

/* Its signals are the main thread's. */
static void
start_keeper(struct expander *x)
{
	sigset_t all, old;
	pthread_t thread;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&thread, NULL, keeper, x) != 0)
		fatalx(EX_OSERR, "no thread");
	(void)pthread_detach(thread);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* Until session_run() waits for it, a reload asked for must wait and not kill. */
static void
block_reload(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int
expander_run(const struct config *config, void (*ready)(void))
{
	/* The keeper uses it to the end of the process. */
	struct expander *x = xcalloc(1, sizeof(*x));
	struct session_ops ops = {.name = "nearpost-agent",
	    .body_max = STUB_BODY_MAX, .look = look, .decide = decide,
	    .keep_prefix = STUB_PREFIX, .ready = on_ready,
	    .reload = on_reload, .done = done, .ctx = x};
	const char *error = NULL;
	int status;

	x->config = config;
	x->ready = ready;
	x->asker = asker_new(config->agent.observer, &error);
	if (!x->asker) {
		log_warnx("agent.observer = \"%s\": %s",
		    config->agent.observer, error);
		return EX_CONFIG;
	}
	block_reload();
	stub_init();
	x->shelf = shelf_new(config->agent.assets, config->agent.keys);
	(void)shelf_reload(x->shelf, clock_wall_ms());
	start_keeper(x);
	status = session_run(&ops, config->agent.listen,
	    config->agent.socket_group, MTA_TIMEOUT_S, &error);
	if (error)
		log_warnx("agent.listen = \"%s\": %s", config->agent.listen,
		    error);
	return status;
}
