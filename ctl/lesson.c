#include "ctl/lesson.h"

#include <stddef.h>
#include <string.h>

static const struct lesson lessons[] = {
    {"assets", false,
	"  nearpostctl assets build assets && nearpostctl assets sign assets\n"
	"  nearpostctl assets status\n"
	"      Which gateway holds the set that policyd has.\n"},
    {"audience", false,
	"  nearpostctl audience spring-2026 --where \"lang == 'en'\"\n"
	"      Who would get which creative; nothing is sent.\n"},
    {"campaigns", true,
	"  nearpostctl campaigns\n"
	"      requested = relayed + suppressed + rejected; deferred counts "
	"attempts.\n"
	"  nearpostctl campaigns --json | jq '.campaigns[].delivered'\n"},
    {"cancel", false,
	"  nearpostctl cancel spring-2026 --reason \"wrong price\"\n"
	"      From now on a stub of it is refused with 554 and these words, "
	"here and at\n"
	"      every gateway.  Adverts that a gateway has taken already are "
	"delivered.\n"
	"      nearpostctl resume spring-2026 takes it back.\n"},
    {"doctor", true,
	"  nearpostctl doctor\n"
	"      On each host, as root; ends with 1 when it found something.\n"
	"  nearpostctl doctor --probe-mx example.org\n"
	"      On a gateway: are the mail servers of example.org reached?\n"
	"  nearpostctl doctor --json | jq '.findings[] | "
	"select(.finding != \"ok\")'\n"},
    {"drain", false,
	"  nearpostctl drain tyo --for 2h --reason \"new disk\"\n"
	"      No new mail goes to tyo; what it holds it still delivers.\n"
	"  nearpostctl resume tyo\n"},
    {"erase", true,
	"  nearpostctl erase alice@example.org --dry-run\n"
	"      What there is of her.\n"
	"  nearpostctl erase alice@example.org\n"
	"      Gone, from Redis and the memory of every policyd; what stays is a "
	"digest\n"
	"      of the address, so that she is not mailed again.  suppress remove "
	"lifts it.\n"},
    {"events", true,
	"  nearpostctl events -n 100 --campaign spring-2026\n"
	"  nearpostctl events --follow --gateway tyo\n"
	"      Ends with Ctrl-C; goes on when Redis was away.\n"
	"  nearpostctl events --follow --json | jq -r "
	"'select(.status == \"bounced\") | .recipient'\n"},
    {"explain", true,
	"  nearpostctl explain alice@example.org spring-2026\n"
	"      Nothing is booked and nothing is sent.\n"},
    {"gateways", true,
	"  nearpostctl gateways\n"
	"  nearpostctl gateways --json | jq '.gateways[] | select(.live | not)'\n"
	"  nearpostctl gateways drain tyo --for 30m\n"},
    {"keys", false,
	"  nearpostctl keys init mail.example.net\n"
	"  nearpostctl keys host lon lon.gw.example.net --out lon\n"
	"      What is in lon is to be the gateway's /etc/nearpost.\n"
	"  nearpostctl keys next\n"
	"      A signing key to take the place of the present one.\n"},
    {"lint", false,
	"  nearpostctl lint assets/spring-2026\n"
	"      Before it is signed; ends with 1 when something is wrong.\n"},
    {"pause", false,
	"  nearpostctl pause spring-2026 --reason \"price being checked\"\n"
	"      Its stubs wait (451) in the mail server's queue, and `send` "
	"waits with\n"
	"      them.  Adverts that a gateway has taken already are delivered.\n"
	"  nearpostctl resume spring-2026\n"},
    {"preview", false,
	"  nearpostctl preview spring-2026 --to alice@example.org -o alice.eml\n"
	"  nearpostctl preview spring-2026 --to alice@example.org --png\n"},
    {"print", false,
	"  nearpostctl print tables && postmap /etc/nearpost/transport\n"
	"  nearpostctl print main       lines for main.cf\n"},
    {"recipients", true,
	"  nearpostctl recipients import people.csv --refused bad.csv\n"
	"      Mend bad.csv and import it as well.  After Ctrl-C it says how to go "
	"on.\n"
	"  nearpostctl recipients show alice@example.org --json\n"
	"  nearpostctl recipients export >people.csv\n"
	"  nearpostctl recipients delete alice@example.org\n"
	"      The record alone; nearpostctl erase is for all of a person's "
	"data.\n"},
    {"resume", false,
	"  nearpostctl resume tyo            a gateway that was drained\n"
	"  nearpostctl resume spring-2026    a campaign that was paused or "
	"cancelled\n"},
    {"send", true,
	"  nearpostctl send spring-2026 --dry-run\n"
	"  nearpostctl send spring-2026 --at \"2026-12-24 09:00:00\" --rate 600/m\n"
	"  nearpostctl send spring-2026 --where \"lang == 'en' && visits > 3\"\n"
	"      Interrupt it at any time; the same command goes on.\n"},
    {"sites", true,
	"  nearpostctl sites example.org\n"
	"      All that is known of the servers that take its mail.\n"},
    {"status", true,
	"  nearpostctl status || mail -s nearpost ops@example.net\n"
	"      Ends with 0 when all is well, 1 for a warning, 2 when adverts do "
	"not go out.\n"
	"  nearpostctl status --json | jq .problems\n"},
    {"suppress", true,
	"  nearpostctl suppress add bob@example.org --reason \"asked by phone\"\n"
	"  nearpostctl suppress import complaints.txt --reason \"feedback loop\"\n"
	"      An address in each line, or CSV with address, reason, since.\n"
	"  nearpostctl suppress export >suppressed.csv\n"},
    {"top", false,
	"  nearpostctl top\n"
	"      q quits.  relay/, sent/m and so on are of the last minute.\n"
	"  nearpostctl top --once >now.txt\n"},
    {"why", true,
	"  nearpostctl why 4jZlv45wc0z1c9TP      a queue id, of the initiator or "
	"a gateway\n"
	"  nearpostctl why alice@example.org     her adverts, the newest first\n"
	"  nearpostctl why bounces+94a6025649a049781ac56adf66aa9753@shop.example\n"
	"      The address that a bounce came back to.\n"},
};

const struct lesson *
lesson_find(const char *verb)
{
	for (size_t i = 0; i < sizeof(lessons) / sizeof(lessons[0]); i++)
		if (strcmp(lessons[i].verb, verb) == 0)
			return &lessons[i];
	return NULL;
}
