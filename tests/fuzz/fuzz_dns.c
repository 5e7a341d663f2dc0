/* Answers of DNS servers, which may come from anybody. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/dns_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct dns_text_answer t;
	struct dns_mx_answer a;
	int i;

	memset(&a, 0xff, sizeof(a));
	dns_message_mx(data, size, &a);
	if (a.ttl_s > DNS_TTL_MAX_S || a.n < 0 || a.n > DNS_MX_MAX ||
	    (a.status == DNS_OK) != (a.n > 0 && a.status != DNS_FAILED))
		abort();
	for (i = 0; a.status == DNS_OK && i < a.n; i++)
		if (memchr(a.mx[i].host, '\0', sizeof(a.mx[i].host)) == NULL ||
		    (i && a.mx[i - 1].preference > a.mx[i].preference))
			abort();
	if (dns_message_negative_ttl(data, size) > DNS_TTL_MAX_S)
		abort();
	memset(&t, 0xff, sizeof(t));
	dns_message_text(data, size, arena, &t);
	if (t.n < 0 || t.n > DNS_TEXT_MAX || (t.status == DNS_OK && t.n == 0))
		abort();
	for (i = 0; i < t.n; i++)
		if (strlen(t.text[i]) > UINT16_MAX)
			abort();
	arena_free(&arena);
	return 0;
}
