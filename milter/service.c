/* Everything that comes from the configuration is one immutable snapshot with a
 * count of its users.  A reload makes a new one and swaps the pointer; a message
 * keeps the one it began its end with. */
#include "milter/service.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/fleet/config.h"
#include "lib/fleet/reach.h"
#include "lib/mail/session.h"
#include "lib/mail/stub.h"
#include "milter/ask.h"
#include "milter/decide.h"
#include "milter/outcome.h"
#include "milter/routable.h"

#define TIMEOUT_S 600 /* of the MTA's connection; it keeps some idle */

struct snapshot {
	int users;
	struct config config;
	struct keyring *signer;
	struct ask *ask;
	struct routable *routable;
	struct decide_settings settings;
};

struct service {
	const char *config_path;
	pthread_mutex_t lock; /* of current */
	struct snapshot *current;
	struct refusals *refusals;
};

/* Of one message, between decide() and done(). */
struct work {
	struct snapshot *snapshot;
	struct decide_world world;
	struct routes *routes;
	struct outcome *outcome;
};

static void
snapshot_free(struct snapshot *n)
{
	routable_free(&n->routable);
	ask_free(&n->ask);
	keyring_unref(&n->signer);
	config_free(&n->config);
	free(n);
}

/* 0, or -1 after a line in the log. */
static int
load_parts(struct snapshot *n, const char *path)
{
	const struct config_milter *m = &n->config.milter;
	char key_id[KEYRING_ID_SIZE], *why = NULL;
	const char *error;

	n->signer = keyring_load(m->signing_key, &why);
	if (!n->signer) {
		log_warnx("%s: milter.signing_key: %s; make one with nearpostctl "
		    "keys init", path, why);
		free(why);
		return -1;
	}
	if (!keyring_signing(n->signer, key_id)) {
		log_warnx("%s: milter.signing_key %s: is no private key", path,
		    m->signing_key);
		return -1;
	}
	n->ask = ask_new(m->policyd, m->ask_timeout_ms, ASK_DOWN_MS, &error);
	if (!n->ask) {
		log_warnx("%s: milter.policyd: %s", path, error);
		return -1;
	}
	n->routable = routable_new(m->transport_map, n->config.relay_domain);
	n->settings = (struct decide_settings){
	    .relay_domain = n->config.relay_domain,
	    .clients = (const char *const *)m->clients.items,
	    .n_clients = m->clients.n,
	    .logins = (const char *const *)m->logins.items,
	    .n_logins = m->logins.n,
	    .local_submission = m->local_submission,
	    .max_recipients = (size_t)m->max_recipients,
	    .ticket_lifetime_ms = m->ticket_lifetime_ms,
	    .signer = n->signer,
	};
	log_info("configuration %s: key=%s policyd=%s", path, key_id,
	    m->policyd);
	return 0;
}

static struct snapshot *
snapshot_load(const char *path)
{
	struct snapshot *n = xcalloc(1, sizeof(*n));
	char *error;

	n->users = 1;
	if (config_load(path, &n->config, &error) != 0) {
		log_warnx("%s", error);
		free(error);
		free(n);
		return NULL;
	}
	if (load_parts(n, path) == 0)
		return n;
	snapshot_free(n);
	return NULL;
}

static struct snapshot *
snapshot_take(struct service *s)
{
	struct snapshot *n;

	(void)pthread_mutex_lock(&s->lock);
	n = s->current;
	(void)__atomic_add_fetch(&n->users, 1, __ATOMIC_RELAXED);
	(void)pthread_mutex_unlock(&s->lock);
	return n;
}

static void
snapshot_drop(struct snapshot *n)
{
	if (__atomic_sub_fetch(&n->users, 1, __ATOMIC_ACQ_REL) == 0)
		snapshot_free(n);
}

static enum session_look
look(const struct session_message *m, struct session_edits *e, void *ctx)
{
	struct service *s = ctx;
	struct snapshot *n = snapshot_take(s);
	enum refusal cause = REFUSAL_NONE;
	enum session_look what = decide_look(&n->settings, m, e, &cause);
	char client[256], sender[512], text[512];

	snapshot_drop(n);
	refusals_count(s->refusals, cause, m->n_rcpts);
	if (what == SESSION_REFUSE)
		log_info("%s: stub=refused client=%s sender=%s reason=\"%s\"",
		    *m->queue_id ? m->queue_id : "NOQUEUE",
		    log_safe(client, sizeof(client), m->client_name),
		    log_safe(sender, sizeof(sender), m->from),
		    log_safe(text, sizeof(text), e->reply[2]));
	return what;
}

/* refusals.h.  A policyd that is older than we are says that there is no such
 * verb, and would every time. */
static int
tell_refusals(void *ctx, struct slice request)
{
	struct snapshot *n = snapshot_take(ctx);
	struct arena *arena = arena_new();
	struct policy_message answer;
	const char *error;
	int rc = ask_all(n->ask, arena, &request, 1, &answer, &error);

	if (rc == 0 && !slice_eq_str(policy_get(&answer, "action"), "OK"))
		log_debug("policyd does not count what is refused here");
	arena_free(&arena);
	snapshot_drop(n);
	return rc;
}

static int
ask_for_decide(void *ctx, struct arena *arena, const struct slice *requests,
    size_t n, struct policy_message *answers_r, const char **error_r)
{
	return ask_all(ctx, arena, requests, n, answers_r, error_r);
}

static void
on_decide(const struct session_message *m, struct session_edits *e, void *ctx)
{
	struct work *w = arena_alloc(m->arena, sizeof(*w));
	struct service *s = ctx;

	*m->keep = w;
	w->snapshot = snapshot_take(s);
	w->routes = routable_get(w->snapshot->routable, clock_mono_ms());
	w->world = (struct decide_world){
	    .now_ms = clock_wall_ms(),
	    .routes = w->routes,
	    .ask = ask_for_decide,
	    .ask_ctx = w->snapshot->ask,
	    .refusals = s->refusals,
	};
	w->outcome = decide(&w->snapshot->settings, &w->world, m, e);
}

static void
on_done(const struct session_message *m, bool applied, void *ctx)
{
	struct work *w = *m->keep;

	(void)ctx;
	outcome_done(w->outcome, &w->world, m, applied);
	routes_unref(&w->routes);
	snapshot_drop(w->snapshot);
}

static void
on_ready(void *ctx)
{
	(void)ctx;
	program_ready();
	log_info("ready");
}

/* A configuration that cannot be loaded leaves the one in force. */
static void
on_reload(void *ctx)
{
	struct service *s = ctx;
	struct snapshot *fresh, *old;

	program_notify("RELOADING=1");
	fresh = snapshot_load(s->config_path);
	if (fresh) {
		(void)pthread_mutex_lock(&s->lock);
		old = s->current;
		s->current = fresh;
		(void)pthread_mutex_unlock(&s->lock);
		snapshot_drop(old);
		log_info("configuration reloaded; listen and socket_group "
		    "change with a restart");
	} else {
		log_warnx("configuration not reloaded, the old one goes on");
	}
	program_notify("READY=1");
}

int
service_check(const char *config_path)
{
	struct snapshot *n = snapshot_load(config_path);
	struct reach r = {stdout, 0};
	const struct config_milter *m;
	int status;

	if (!n)
		return EX_CONFIG;
	m = &n->config.milter;
	reach_listen(&r, "milter.listen", m->listen);
	reach_socket(&r, "milter.policyd", m->policyd);
	reach_file(&r, "milter.signing_key", m->signing_key);
	reach_file(&r, "milter.transport_map", m->transport_map);
	status = reach_end(&r);
	snapshot_free(n);
	return status;
}

int
service_show(const char *config_path, const char *name)
{
	struct config config = {0};
	char *error;
	int status;

	if (config_load(config_path, &config, &error) != 0)
		fatalx(EX_CONFIG, "%s", error);
	status = config_show(&config, name);
	config_free(&config);
	return status;
}

int
service_run(const struct program *p, const struct program_options *o)
{
	/* Static, since connections that the MTA still holds may end on another
	 * thread while this one is on its way out. */
	static struct service s = {.lock = PTHREAD_MUTEX_INITIALIZER};
	const struct session_ops ops = {
	    .name = p->name,
	    .body_max = STUB_BODY_MAX,
	    .keep_prefix = STUB_PREFIX,
	    .never_body = true,
	    .never_from = true,
	    .look = look,
	    .decide = on_decide,
	    .done = on_done,
	    .ready = on_ready,
	    .reload = on_reload,
	    .ctx = &s,
	};
	const char *error = NULL;
	char *listen, *group;
	int status;

	program_start(o);
	s.config_path = o->config_path;
	s.current = snapshot_load(o->config_path);
	if (!s.current)
		return EX_CONFIG;
	stub_init();
	/* A reload frees the configuration. */
	s.refusals = refusals_new(tell_refusals, &s, REFUSALS_GATHER_MS,
	    REFUSALS_RETRY_MS);
	listen = xstrdup(s.current->config.milter.listen);
	group = xstrdup(s.current->config.milter.socket_group);
	status = session_run(&ops, listen, group, TIMEOUT_S, &error);
	if (error)
		log_warnx("%s: milter.listen %s: %s", o->config_path, listen,
		    error);
	free(listen);
	free(group);
	refusals_end(s.refusals);
	program_end(o);
	return status;
}
