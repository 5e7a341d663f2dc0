#include "tests/lab/wan-device.h"

#include <err.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#define MTU 1500
#define DEVICE "wan0"
/* The kernel's ring of packets we have not read yet. */
#define RING 4096

static void
set_address(int s, const char *name, struct in_addr address, uint32_t mask)
{
	struct ifreq r;
	struct sockaddr_in sin = { .sin_family = AF_INET };

	memset(&r, 0, sizeof r);
	(void)snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
	sin.sin_addr = address;
	memcpy(&r.ifr_addr, &sin, sizeof sin);
	if (ioctl(s, SIOCSIFADDR, &r) != 0)
		err(EX_OSERR, "address of %s", name);
	sin.sin_addr.s_addr = htonl(mask);
	memcpy(&r.ifr_netmask, &sin, sizeof sin);
	if (ioctl(s, SIOCSIFNETMASK, &r) != 0)
		err(EX_OSERR, "netmask of %s", name);
}

static void
set_up(int s, const char *name)
{
	struct ifreq r;

	memset(&r, 0, sizeof r);
	(void)snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
	if (ioctl(s, SIOCGIFFLAGS, &r) != 0)
		err(EX_OSERR, "flags of %s", name);
	r.ifr_flags = (short)(r.ifr_flags | IFF_UP | IFF_RUNNING);
	if (ioctl(s, SIOCSIFFLAGS, &r) != 0)
		err(EX_OSERR, "bring up %s", name);
}

static int
open_tun(void)
{
	struct ifreq r;
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		err(EX_OSERR, "/dev/net/tun (is the tun module loaded?)");
	memset(&r, 0, sizeof r);
	r.ifr_flags = IFF_TUN | IFF_NO_PI;
	(void)snprintf(r.ifr_name, sizeof r.ifr_name, "%s", DEVICE);
	if (ioctl(fd, TUNSETIFF, &r) != 0)
		err(EX_OSERR, "TUNSETIFF");
	return fd;
}

/* IPv6 chatter of the kernel would count as bytes that the host sent. */
static void
quiet_ipv6(void)
{
	int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6",
		      O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return; /* a kernel without IPv6 is quiet already */
	if (write(fd, "1", 1) != 1)
		warn("disable_ipv6");
	(void)close(fd);
}

int
device_open(const char *netns, const struct in_addr *addresses, size_t n)
{
	struct ifreq r;
	char name[sizeof DEVICE ":18446744073709551615"];
	int fd, s, ns = open(netns, O_RDONLY | O_CLOEXEC);

	if (ns < 0 || setns(ns, CLONE_NEWNET) != 0)
		err(EX_OSERR, "%s", netns);
	(void)close(ns);
	quiet_ipv6();
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		err(EX_OSERR, "socket");
	fd = open_tun();
	set_up(s, "lo");
	memset(&r, 0, sizeof r);
	(void)snprintf(r.ifr_name, sizeof r.ifr_name, "%s", DEVICE);
	r.ifr_mtu = MTU;
	if (ioctl(s, SIOCSIFMTU, &r) != 0)
		err(EX_OSERR, "mtu");
	r.ifr_qlen = RING;
	if (ioctl(s, SIOCSIFTXQLEN, &r) != 0)
		err(EX_OSERR, "txqueuelen");
	/* The first address brings the route to the whole of 10.77/16. */
	set_address(s, DEVICE, addresses[0], 0xffff0000);
	set_up(s, DEVICE);
	for (size_t i = 1; i < n; i++) {
		(void)snprintf(name, sizeof name, DEVICE ":%zu", i);
		set_address(s, name, addresses[i], 0xffffffff);
	}
	(void)close(s);
	return fd;
}
