/* Real sockets on loopback, TLS with certificates of our own CA. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/crypto.h"
#include "lib/base/loop.h"
#include "lib/base/mem.h"

static char dir[] = "test_loop.XXXXXX";

static const char *
at(const char *name)
{
	static char paths[8][128];
	static unsigned next;
	char *p = paths[next++ % 8];

	(void)snprintf(p, sizeof(paths[0]), "%s/%s", dir, name);
	return p;
}

/* One server that echoes, one client that says what it was told to; everything
 * that happens is written down, and the loop ends with the client. */
struct scene {
	struct loop *loop;
	struct listener *listener;
	struct conn *server, *client;
	struct timer *bell;
	const char *say;
	char server_saw[64], reason[256], server_reason[256];
	struct buf echo;
	bool opened;
};

static void
ring(void *ctx)
{
	struct scene *s = ctx;

	(void)snprintf(s->reason, sizeof(s->reason), "test took too long");
	loop_stop(s->loop);
}

static void
server_readable(struct conn *c, void *ctx)
{
	struct scene *s = ctx;
	struct slice in = conn_input(c);

	if (in.len && in.data[0] == 'q') {
		conn_free(&s->server);
		return;
	}
	conn_write(c, in);
	conn_consume(c, in.len);
}

static void
server_closed(struct conn *c, const char *reason, void *ctx)
{
	struct scene *s = ctx;

	(void)c;
	(void)snprintf(s->server_reason, sizeof(s->server_reason), "%s",
	    reason);
	conn_free(&s->server);
	if (!s->client)
		loop_stop(s->loop);
}

static void
accepted(struct conn *c, void *ctx)
{
	static const struct conn_cbs cbs = {
	    NULL, server_readable, server_closed};
	struct scene *s = ctx;

	s->server = c;
	if (conn_peer_cn(c))
		(void)snprintf(s->server_saw, sizeof(s->server_saw), "%s",
		    conn_peer_cn(c));
	conn_set_ctx(c, &cbs, s);
}

static void
client_opened(struct conn *c, void *ctx)
{
	struct scene *s = ctx;

	s->opened = true;
	if (s->say)
		conn_write(c, slice_of(s->say));
}

static void
client_readable(struct conn *c, void *ctx)
{
	struct scene *s = ctx;

	buf_add_slice(&s->echo, conn_input(c));
	conn_consume(c, conn_input(c).len);
	if (s->echo.len == strlen(s->say)) {
		(void)snprintf(s->reason, sizeof(s->reason), "echoed");
		conn_free(&s->client);
		loop_stop(s->loop);
	}
}

static void
client_closed(struct conn *c, const char *reason, void *ctx)
{
	struct scene *s = ctx;

	(void)c;
	(void)snprintf(s->reason, sizeof(s->reason), "%s", reason);
	conn_free(&s->client);
	loop_stop(s->loop);
}

static const struct conn_cbs client_cbs = {
    client_opened, client_readable, client_closed};

static void
scene_open(struct scene *s, const char *say)
{
	*s = (struct scene){.loop = loop_new(), .say = say};
	s->bell = timer_new(s->loop, 5000, false, ring, s);
}

static void
scene_close(struct scene *s)
{
	conn_free(&s->client);
	conn_free(&s->server);
	listener_free(&s->listener);
	timer_free(&s->bell);
	loop_free(&s->loop);
	buf_free(&s->echo);
}

static void
serve(struct scene *s, struct endpoint *where, struct tls *tls)
{
	char *error = NULL;

	s->listener = listener_new(s->loop, where, 0600, tls, accepted, s,
	    &error);
	ck_assert_msg(s->listener != NULL, "%s", error);
	if (!where->path)
		where->port = listener_port(s->listener);
}

static struct endpoint
loopback(int port)
{
	static char host[] = "127.0.0.1";

	return (struct endpoint){NULL, host, port};
}

static const char *const hosts[] = {"127.0.0.1", "::1", "localhost"};

START_TEST(bytes_go_both_ways_over_tcp)
{
	char host[32], *big = xcalloc(1, 300001);
	struct endpoint where = {NULL, host, 0};
	struct scene s;

	(void)snprintf(host, sizeof(host), "%s", hosts[_i]);
	memset(big, 'x', 300000);
	scene_open(&s, big);
	serve(&s, &where, NULL);
	s.client = conn_connect(s.loop, &where, NULL, NULL, 2000, &client_cbs,
	    &s);
	ck_assert(!s.opened);
	loop_run(s.loop);
	ck_assert_str_eq(s.reason, "echoed");
	ck_assert_str_eq(s.echo.data, big);
	ck_assert_str_eq(s.server_saw, "");
	scene_close(&s);
	free(big);
}
END_TEST

START_TEST(star_listens_for_ipv4_too)
{
	static char star[] = "*";
	struct endpoint where = {NULL, star, 0}, to;
	struct scene s;

	scene_open(&s, "hello");
	serve(&s, &where, NULL);
	to = loopback(where.port);
	s.client = conn_connect(s.loop, &to, NULL, NULL, 2000, &client_cbs, &s);
	loop_run(s.loop);
	ck_assert_str_eq(s.reason, "echoed");
	scene_close(&s);
}
END_TEST

START_TEST(a_unix_socket_has_its_mode_and_goes_away)
{
	struct endpoint where = {xstrdup(at("u")), NULL, 0};
	struct scene s;
	struct stat st;

	scene_open(&s, "hello");
	serve(&s, &where, NULL);
	ck_assert_int_eq(stat(where.path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	s.client = conn_connect(s.loop, &where, NULL, NULL, 2000, &client_cbs,
	    &s);
	loop_run(s.loop);
	ck_assert_str_eq(s.reason, "echoed");
	scene_close(&s);
	ck_assert_int_eq(stat(where.path, &st), -1);
	endpoint_free(&where);
}
END_TEST

START_TEST(a_stale_socket_is_replaced_a_living_one_is_not)
{
	struct endpoint where = {xstrdup(at("stale")), NULL, 0};
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct listener *second;
	char *error = NULL;
	struct scene s;

	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", where.path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	close(fd);
	scene_open(&s, "x");
	serve(&s, &where, NULL);
	second = listener_new(s.loop, &where, 0600, NULL, accepted, &s, &error);
	ck_assert_ptr_null(second);
	ck_assert_int_eq(strncmp(error, "another process listens", 23), 0);
	free(error);
	scene_close(&s);
	ck_assert_int_eq(file_write(where.path, slice_of("mail"), 0600), 0);
	scene_open(&s, "x");
	ck_assert_ptr_null(listener_new(s.loop, &where, 0600, NULL, accepted,
	    &s, &error));
	ck_assert_ptr_nonnull(strstr(error, "no socket"));
	free(error);
	scene_close(&s);
	endpoint_free(&where);
}
END_TEST

START_TEST(a_port_in_use_is_an_error_that_names_it)
{
	struct endpoint where = loopback(0);
	char *error = NULL;
	struct scene s;

	scene_open(&s, "x");
	serve(&s, &where, NULL);
	ck_assert_ptr_null(listener_new(s.loop, &where, 0, NULL, accepted, &s,
	    &error));
	ck_assert_ptr_nonnull(strstr(error, "Address already in use"));
	ck_assert_ptr_nonnull(strstr(error, "inet:127.0.0.1:"));
	free(error);
	scene_close(&s);
}
END_TEST

static const struct {
	const char *name, *host, *path, *reason;
} failures[] = {
    {"nobody listens", "127.0.0.1", NULL, "Connection refused"},
    {"no such socket", NULL, "/nonexistent/sock", "No such file or directory"},
    {"no such host", "nothing.invalid", NULL, "no address for nothing.invalid"},
};

START_TEST(a_failed_connect_says_why_and_only_from_the_loop)
{
	struct endpoint to = {NULL, NULL, 1};
	struct scene s;

	if (failures[_i].host)
		to.host = xstrdup(failures[_i].host);
	if (failures[_i].path)
		to.path = xstrdup(failures[_i].path);
	scene_open(&s, "x");
	/* Without a DNS server on this host a lookup ends by the deadline. */
	s.client = conn_connect(s.loop, &to, NULL, NULL, 1500, &client_cbs, &s);
	ck_assert_str_eq(s.reason, "");
	loop_run(s.loop);
	ck_assert_msg(strncmp(s.reason, failures[_i].reason,
	        strlen(failures[_i].reason)) == 0 ||
	        (failures[_i].host && strcmp(s.reason, "timed out") == 0),
	    "%s: %s", failures[_i].name, s.reason);
	ck_assert(!s.opened);
	scene_close(&s);
	endpoint_free(&to);
}
END_TEST

/* A server that accepts and says nothing. */
START_TEST(silence_ends_a_connection)
{
	struct endpoint where = loopback(0);
	int64_t start = clock_mono_ms();
	struct scene s;

	scene_open(&s, NULL);
	serve(&s, &where, NULL);
	s.client = conn_connect(s.loop, &where, NULL, NULL, 2000, &client_cbs,
	    &s);
	conn_idle_timeout(s.client, 150);
	loop_run(s.loop);
	ck_assert(s.opened);
	ck_assert_str_eq(s.reason, "timed out");
	ck_assert_int_ge(clock_mono_ms() - start, 150);
	ck_assert_int_le(clock_mono_ms() - start, 2000);
	scene_close(&s);
}
END_TEST

/* A frozen TLS server: the kernel accepts, nobody shakes hands. */
START_TEST(the_deadline_covers_the_handshake)
{
	const char *error = NULL;
	char *text = NULL;
	struct endpoint where = loopback(0);
	struct listener *l;
	struct tls *tls;
	struct scene s;

	ck_assert_int_eq(ca_create(at("f.ca"), at("f.cak"), "CA", 10,
	    clock_wall_ms(), &error), 0);
	ck_assert_int_eq(ca_issue(at("f.ca"), at("f.cak"), "a", "a.example",
	    at("f.crt"), at("f.key"), 10, clock_wall_ms(), &error), 0);
	tls = tls_new(at("f.crt"), at("f.key"), at("f.ca"), &text);
	ck_assert_msg(tls != NULL, "%s", text);
	scene_open(&s, NULL);
	serve(&s, &where, NULL);
	l = s.listener;
	s.client = conn_connect(s.loop, &where, tls, "a.example", 200,
	    &client_cbs, &s);
	loop_run(s.loop);
	ck_assert_ptr_eq(l, s.listener);
	ck_assert(!s.opened);
	/* The echo server returns our own ClientHello, which is no TLS. */
	ck_assert_msg(strcmp(s.reason, "timed out") == 0 ||
	        strncmp(s.reason, "TLS: ", 5) == 0, "%s", s.reason);
	scene_close(&s);
	tls_free(&tls);
}
END_TEST

START_TEST(the_peer_hanging_up_is_end_of_file)
{
	struct endpoint where = loopback(0);
	struct scene s;

	scene_open(&s, "quit");
	serve(&s, &where, NULL);
	s.client = conn_connect(s.loop, &where, NULL, NULL, 2000, &client_cbs,
	    &s);
	loop_run(s.loop);
	ck_assert(s.opened);
	ck_assert_msg(strcmp(s.reason, "end of file") == 0 ||
	        strcmp(s.reason, "Connection reset by peer") == 0, "%s",
	    s.reason);
	ck_assert_ptr_null(s.server);
	scene_close(&s);
}
END_TEST

/* Who shows which certificate, and what comes of it. */
static const struct {
	const char *name, *client, *client_ca, *server_name, *reason, *saw;
} handshakes[] = {
    {"both of our CA", "tyo", "ca", "ini.example.net", "echoed", "tyo"},
    {"by the id in the certificate", "tyo", "ca", "ini", "echoed", "tyo"},
    {"the server has another name", "tyo", "ca", "lon.example.net",
        "certificate verify failed: hostname mismatch", ""},
    {"the client trusts another CA", "tyo", "evil", "ini.example.net",
        "certificate verify failed: ", ""},
    {"the client's certificate is of another CA", "mallory", "ca",
        "ini.example.net", "TLS: ", ""},
};

static void
make_certs(void)
{
	const char *error = NULL;
	int64_t now = clock_wall_ms();

	ck_assert_int_eq(ca_create(at("ca.crt"), at("ca.key"), "good", 10, now,
	    &error), 0);
	ck_assert_int_eq(ca_create(at("evil.crt"), at("evil.key"), "evil", 10,
	    now, &error), 0);
	ck_assert_int_eq(ca_issue(at("ca.crt"), at("ca.key"), "ini",
	    "ini.example.net", at("ini.crt"), at("ini.key"), 10, now, &error),
	    0);
	ck_assert_int_eq(ca_issue(at("ca.crt"), at("ca.key"), "tyo",
	    "tyo.example.net", at("tyo.crt"), at("tyo.key"), 10, now, &error),
	    0);
	ck_assert_int_eq(ca_issue(at("evil.crt"), at("evil.key"), "mallory",
	    "m.example.net", at("mallory.crt"), at("mallory.key"), 10, now,
	    &error), 0);
}

static struct tls *
tls_of(const char *who, const char *ca)
{
	char cert[64], key[64], auth[64], *error = NULL;
	struct tls *tls;

	(void)snprintf(cert, sizeof(cert), "%s/%s.crt", dir, who);
	(void)snprintf(key, sizeof(key), "%s/%s.key", dir, who);
	(void)snprintf(auth, sizeof(auth), "%s/%s.crt", dir, ca);
	tls = tls_new(cert, key, auth, &error);
	ck_assert_msg(tls != NULL, "%s", error);
	return tls;
}

START_TEST(tls_lets_in_whom_our_ca_vouches_for)
{
	struct endpoint where = loopback(0);
	struct tls *st, *ct;
	struct scene s;

	if (access(at("ca.crt"), F_OK) != 0)
		make_certs();
	st = tls_of("ini", "ca");
	ct = tls_of(handshakes[_i].client, handshakes[_i].client_ca);
	scene_open(&s, "hello over tls");
	serve(&s, &where, st);
	s.client = conn_connect(s.loop, &where, ct, handshakes[_i].server_name,
	    2000, &client_cbs, &s);
	loop_run(s.loop);
	ck_assert_msg(strncmp(s.reason, handshakes[_i].reason,
	        strlen(handshakes[_i].reason)) == 0,
	    "%s: %s", handshakes[_i].name, s.reason);
	ck_assert_msg(strcmp(s.server_saw, handshakes[_i].saw) == 0, "%s: %s",
	    handshakes[_i].name, s.server_saw);
	scene_close(&s);
	tls_free(&st);
	tls_free(&ct);
}
END_TEST

START_TEST(tls_settings_that_do_not_fit_are_named)
{
	char *error = NULL;

	if (access(at("ca.crt"), F_OK) != 0)
		make_certs();
	ck_assert_ptr_null(tls_new(at("none.crt"), at("ini.key"), at("ca.crt"),
	    &error));
	ck_assert_ptr_nonnull(strstr(error, "none.crt: cannot be used"));
	free(error);
	ck_assert_ptr_null(tls_new(at("ini.crt"), at("tyo.key"), at("ca.crt"),
	    &error));
	ck_assert_ptr_nonnull(strstr(error, "tyo.key: "));
	free(error);
	ck_assert_ptr_null(tls_new(at("ini.crt"), at("ini.key"), at("ini.key"),
	    &error));
	ck_assert_ptr_nonnull(strstr(error, "cannot be used as CA"));
	free(error);
}
END_TEST

/* Connections that never shake hands must not outlive their listener. */
START_TEST(a_listener_can_go_while_hands_are_shaken)
{
	struct endpoint where = loopback(0);
	struct tls *st;
	struct scene s;

	if (access(at("ca.crt"), F_OK) != 0)
		make_certs();
	st = tls_of("ini", "ca");
	scene_open(&s, NULL);
	serve(&s, &where, st);
	s.client = conn_connect(s.loop, &where, NULL, NULL, 2000, &client_cbs,
	    &s);
	conn_idle_timeout(s.client, 100);
	loop_run(s.loop);
	ck_assert_str_eq(s.reason, "timed out");
	scene_close(&s);
	tls_free(&st);
}
END_TEST

struct beats {
	struct loop *loop;
	struct timer *often, *once;
	int n, singles;
	bool got_signal;
};

static void
beat(void *ctx)
{
	struct beats *b = ctx;

	if (++b->n == 5) {
		timer_free(&b->often);
		(void)raise(SIGUSR1);
	}
}

static void
once(void *ctx)
{
	struct beats *b = ctx;

	b->singles++;
	timer_free(&b->once);
}

static void
on_usr1(void *ctx)
{
	struct beats *b = ctx;

	b->got_signal = true;
	loop_stop(b->loop);
}

START_TEST(timers_repeat_and_signals_arrive)
{
	struct beats b = {.loop = loop_new()};
	struct sig *sig = sig_new(b.loop, SIGUSR1, on_usr1, &b);
	int64_t start = clock_mono_ms();

	b.often = timer_new(b.loop, 20, true, beat, &b);
	b.once = timer_new(b.loop, 0, false, once, &b);
	loop_run(b.loop);
	ck_assert_int_eq(b.n, 5);
	ck_assert_int_eq(b.singles, 1);
	ck_assert(b.got_signal);
	ck_assert_int_ge(clock_mono_ms() - start, 90);
	sig_free(&sig);
	timer_free(&b.once);
	loop_free(&b.loop);
}
END_TEST

/* Two timers that are due in one turn, and what they put off. */
struct order {
	struct loop *loop;
	struct soon *soon, *never;
	struct timer *timers[2];
	int soons;
	char text[16]; /* t: a timer, s: what was put off, e: the end */
};

static void
write_down(struct order *o, char c)
{
	size_t len = strlen(o->text);

	ck_assert_uint_lt(len, sizeof(o->text) - 1);
	o->text[len] = c;
}

static void
due(void *ctx)
{
	struct order *o = ctx;

	write_down(o, 't');
	soon_ask(o->soon);
	soon_ask(o->soon);
	if (o->never)
		soon_ask(o->never);
	soon_free(&o->never);
}

static void
put_off(void *ctx)
{
	struct order *o = ctx;

	write_down(o, 's');
	if (++o->soons == 1)
		soon_ask(o->soon);
	else
		loop_stop(o->loop);
}

static void
gone(void *ctx)
{
	write_down(ctx, 'x');
}

START_TEST(what_is_put_off_comes_once_after_what_is_at_hand)
{
	struct order o = {.loop = loop_new()};
	int i;

	o.soon = soon_new(o.loop, put_off, &o);
	o.never = soon_new(o.loop, gone, &o);
	for (i = 0; i < 2; i++)
		o.timers[i] = timer_new(o.loop, 1, false, due, &o);
	/* Both are due before the loop looks. */
	while (usleep(5000) != 0)
		continue;
	loop_run(o.loop);
	ck_assert_str_eq(o.text, "ttss");
	for (i = 0; i < 2; i++)
		timer_free(&o.timers[i]);
	soon_free(&o.soon);
	loop_free(&o.loop);
}
END_TEST

static void
on_pipe(int fd, int what, void *ctx)
{
	struct beats *b = ctx;
	char c;

	ck_assert_int_eq(what, WATCH_READ);
	ck_assert_int_eq(read(fd, &c, 1), 1);
	ck_assert_int_eq(c, 'x');
	loop_stop(b->loop);
}

START_TEST(a_watched_descriptor_wakes_the_loop)
{
	struct beats b = {.loop = loop_new()};
	struct watch *w;
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	w = watch_new(b.loop, p[0], WATCH_READ, on_pipe, &b);
	ck_assert_int_eq(write(p[1], "x", 1), 1);
	loop_run(b.loop);
	watch_free(&w);
	loop_free(&b.loop);
}
END_TEST

static int
pages(const char *path, struct http_reply *r, void *ctx)
{
	(void)ctx;
	if (strcmp(path, "/metrics") != 0)
		return 404;
	buf_add_str(&r->body, "up 1\n");
	r->type = "text/plain; version=0.0.4";
	return 200;
}

static const struct {
	const char *request, *begin, *end;
} requests[] = {
    {"GET /metrics HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n", "\r\n\r\nup 1\n"},
    {"GET /metrics?x=1 HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n",
        "\r\n\r\nup 1\n"},
    {"HEAD /metrics HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n", "\r\n\r\n"},
    {"GET /other HTTP/1.0\r\n\r\n", "HTTP/1.0 404 ", "\r\n\r\n"},
    {"POST /metrics HTTP/1.0\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 501 ",
        ""},
    {"nonsense\r\n\r\n", "HTTP/1.", ""},
};

static void
web_readable(struct conn *c, void *ctx)
{
	struct scene *s = ctx;

	buf_add_slice(&s->echo, conn_input(c));
	conn_consume(c, conn_input(c).len);
}

START_TEST(http_answers_get_and_head_only)
{
	static const struct conn_cbs cbs = {
	    client_opened, web_readable, client_closed};
	struct endpoint where = loopback(0);
	const char *begin = requests[_i].begin, *end = requests[_i].end;
	char *error = NULL;
	struct scene s;
	struct http *h;

	scene_open(&s, requests[_i].request);
	h = http_new(s.loop, &where, pages, NULL, &error);
	ck_assert_msg(h != NULL, "%s", error);
	where.port = http_port(h);
	s.client = conn_connect(s.loop, &where, NULL, NULL, 2000, &cbs, &s);
	loop_run(s.loop);
	buf_add_str(&s.echo, "");
	ck_assert_msg(strncmp(s.echo.data, begin, strlen(begin)) == 0, "%s",
	    s.echo.data);
	ck_assert_uint_ge(s.echo.len, strlen(end));
	ck_assert_msg(strcmp(s.echo.data + s.echo.len - strlen(end), end) == 0,
	    "%s", s.echo.data);
	if (strcmp(begin, "HTTP/1.0 200 OK\r\n") == 0) {
		ck_assert_ptr_nonnull(strstr(s.echo.data,
		    "Content-Type: text/plain; version=0.0.4\r\n"));
		ck_assert_ptr_nonnull(strstr(s.echo.data,
		    "Content-Length: 5\r\n"));
		ck_assert_ptr_nonnull(strstr(s.echo.data,
		    "Content-Security-Policy: default-src 'none'\r\n"));
		ck_assert_ptr_nonnull(strstr(s.echo.data,
		    "X-Content-Type-Options: nosniff\r\n"));
		ck_assert_ptr_nonnull(strstr(s.echo.data,
		    "Cache-Control: no-store\r\n"));
	}
	http_free(&h);
	scene_close(&s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("loop");
	TCase *t = tcase_create("loop");
	char *rm;
	int rc;

	if (!mkdtemp(dir))
		return EXIT_FAILURE;
	tcase_set_timeout(t, 20);
	ADD_ROWS(t, bytes_go_both_ways_over_tcp, hosts);
	tcase_add_test(t, star_listens_for_ipv4_too);
	tcase_add_test(t, a_unix_socket_has_its_mode_and_goes_away);
	tcase_add_test(t, a_stale_socket_is_replaced_a_living_one_is_not);
	tcase_add_test(t, a_port_in_use_is_an_error_that_names_it);
	ADD_ROWS(t, a_failed_connect_says_why_and_only_from_the_loop, failures);
	tcase_add_test(t, silence_ends_a_connection);
	tcase_add_test(t, the_deadline_covers_the_handshake);
	tcase_add_test(t, the_peer_hanging_up_is_end_of_file);
	ADD_ROWS(t, tls_lets_in_whom_our_ca_vouches_for, handshakes);
	tcase_add_test(t, tls_settings_that_do_not_fit_are_named);
	tcase_add_test(t, a_listener_can_go_while_hands_are_shaken);
	tcase_add_test(t, timers_repeat_and_signals_arrive);
	tcase_add_test(t, what_is_put_off_comes_once_after_what_is_at_hand);
	tcase_add_test(t, a_watched_descriptor_wakes_the_loop);
	ADD_ROWS(t, http_answers_get_and_head_only, requests);
	suite_add_tcase(s, t);
	rc = unit_main(s);
	rm = xasprintf("rm -rf %s", dir);
	if (system(rm) != 0)
		rc = EXIT_FAILURE;
	free(rm);
	return rc;
}
