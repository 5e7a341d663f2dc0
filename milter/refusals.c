#include "milter/refusals.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/mail/policy.h"

static const char *const names[REFUSAL_N] = {
    [REFUSAL_CLIENT] = "rejected.client",
    [REFUSAL_RELAY_DOMAIN] = "rejected.relay_domain",
    [REFUSAL_SENDER] = "rejected.sender",
    [REFUSAL_SIZE] = "rejected.size",
    [REFUSAL_SYNTAX] = "rejected.syntax",
    [REFUSAL_RECIPIENT] = "rejected.recipient",
    [REFUSAL_TICKET] = "rejected.ticket",
    [REFUSAL_POLICYD] = "deferred.policyd",
    [REFUSAL_ANSWER] = "deferred.answer",
    [REFUSAL_NO_ROUTE] = "deferred.no_route",
};

struct refusals {
	int (*tell)(void *ctx, struct slice request);
	void *ctx;
	int64_t gather_ms, retry_ms;
	pthread_t thread;
	pthread_mutex_t lock; /* of everything below */
	pthread_cond_t news;
	uint64_t count[REFUSAL_N], waiting;
	bool ending;
};

static void
take(struct refusals *r, uint64_t count_r[REFUSAL_N])
{
	for (int i = 0; i < REFUSAL_N; i++) {
		count_r[i] = r->count[i];
		r->count[i] = 0;
	}
	r->waiting = 0;
}

static void
put_back(struct refusals *r, const uint64_t count[REFUSAL_N])
{
	for (int i = 0; i < REFUSAL_N; i++) {
		r->count[i] += count[i];
		r->waiting += count[i];
	}
}

static void
request(const uint64_t count[REFUSAL_N], struct buf *out)
{
	policy_add_str(out, "request", "nearpost_admin");
	policy_add_str(out, "verb", "turned_away");
	for (int i = REFUSAL_NONE + 1; i < REFUSAL_N; i++)
		if (count[i])
			policy_addf(out, names[i], "%" PRIu64, count[i]);
	policy_end(out);
}

/* Or until the end.  Locked. */
static void
pause_for(struct refusals *r, int64_t ms)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ms / 1000);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	while (!r->ending && pthread_cond_timedwait(&r->news, &r->lock,
	    &until) != ETIMEDOUT)
		;
}

/* Locked, but for the telling.  -1: policyd did not take it. */
static int
tell(struct refusals *r)
{
	uint64_t count[REFUSAL_N];
	struct buf text = {0};
	int rc;

	take(r, count);
	(void)pthread_mutex_unlock(&r->lock);
	request(count, &text);
	rc = r->tell(r->ctx, slice_buf(&text));
	buf_free(&text);
	(void)pthread_mutex_lock(&r->lock);
	if (rc != 0)
		put_back(r, count);
	return rc;
}

static void *
run(void *ctx)
{
	struct refusals *r = ctx;

	(void)pthread_mutex_lock(&r->lock);
	while (!r->ending) {
		if (!r->waiting) {
			(void)pthread_cond_wait(&r->news, &r->lock);
			continue;
		}
		pause_for(r, r->gather_ms);
		if (!r->ending && tell(r) != 0)
			pause_for(r, r->retry_ms);
	}
	if (r->waiting)
		(void)tell(r);
	(void)pthread_mutex_unlock(&r->lock);
	return NULL;
}

struct refusals *
refusals_new(int (*tell_it)(void *ctx, struct slice request), void *ctx,
    int64_t gather_ms, int64_t retry_ms)
{
	struct refusals *r = xcalloc(1, sizeof(*r));
	pthread_condattr_t attr;

	r->tell = tell_it;
	r->ctx = ctx;
	r->gather_ms = gather_ms;
	r->retry_ms = retry_ms;
	if (pthread_mutex_init(&r->lock, NULL) != 0 ||
	    pthread_condattr_init(&attr) != 0 ||
	    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) != 0 ||
	    pthread_cond_init(&r->news, &attr) != 0 ||
	    pthread_create(&r->thread, NULL, run, r) != 0)
		fatalx(71, "no thread for what is refused");
	(void)pthread_condattr_destroy(&attr);
	return r;
}

void
refusals_end(struct refusals *r)
{
	(void)pthread_mutex_lock(&r->lock);
	r->ending = true;
	(void)pthread_cond_signal(&r->news);
	(void)pthread_mutex_unlock(&r->lock);
	(void)pthread_join(r->thread, NULL);
}

void
refusals_count(struct refusals *r, enum refusal cause, uint64_t n)
{
	if (!r || cause == REFUSAL_NONE || n == 0)
		return;
	(void)pthread_mutex_lock(&r->lock);
	r->count[cause] += n;
	if (r->waiting == 0)
		(void)pthread_cond_signal(&r->news);
	r->waiting += n;
	(void)pthread_mutex_unlock(&r->lock);
}
