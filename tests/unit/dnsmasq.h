/* A real dnsmasq on a high port of loopback, and the zones that test_dns.c asks. */
#ifndef NEARPOST_TESTS_DNSMASQ_H
#define NEARPOST_TESTS_DNSMASQ_H

#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int port;
static char servers[32];

/* A port that nobody has now, for UDP and TCP alike. */
static int
free_port(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) < 0)
		return 0;
	close(fd);
	return ntohs(sin.sin_port);
}

static pid_t
start_dnsmasq(void)
{
	char arg[32];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)snprintf(arg, sizeof(arg), "--port=%d", port);
	execlp("dnsmasq", "dnsmasq", "--keep-in-foreground", "--no-resolv",
	    "--no-hosts", "--conf-file=/dev/null", "--pid-file=",
	    "--listen-address=127.0.0.1", "--bind-interfaces", "--user=root",
	    "--local=/test/", "--local-ttl=77",
	    "--mx-host=many.test,mx2.many.test,20",
	    "--mx-host=many.test,MX1.many.test,10",
	    "--mx-host=many.test,mx0.many.test,20",
	    "--mx-host=null.test,.,0",
	    "--host-record=mx1.many.test,192.0.2.1,2001:db8::1",
	    "--host-record=four.test,192.0.2.4",
	    "--txt-record=nomx.test,here",
	    "--txt-record=spf.test,v=spf1 ,-all", arg, (char *)NULL);
	_exit(127);
}

#endif
