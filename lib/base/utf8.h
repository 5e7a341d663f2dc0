/* One UTF-8 sequence, RFC 3629: no overlong forms, no surrogates, nothing past
 * U+10FFFF.  Shared by text.c and log.c. */
#ifndef NEARPOST_BASE_UTF8_H
#define NEARPOST_BASE_UTF8_H

#include <stddef.h>

/* Length 1..4 of the good sequence at s, of which `left` bytes are there; 0
 * when it is broken or cut. */
static inline size_t
utf8_sequence(const unsigned char *s, size_t left)
{
	/* The second byte carries what overlong forms and surrogates break. */
	static const struct {
		unsigned char first, last, low, high, len;
	} forms[] = {
	    {0x00, 0x7f, 0, 0, 1},
	    {0xc2, 0xdf, 0x80, 0xbf, 2},
	    {0xe0, 0xe0, 0xa0, 0xbf, 3},
	    {0xe1, 0xec, 0x80, 0xbf, 3},
	    {0xed, 0xed, 0x80, 0x9f, 3},
	    {0xee, 0xef, 0x80, 0xbf, 3},
	    {0xf0, 0xf0, 0x90, 0xbf, 4},
	    {0xf1, 0xf3, 0x80, 0xbf, 4},
	    {0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	size_t i, k;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (s[0] >= forms[i].first && s[0] <= forms[i].last)
			break;
	if (i == sizeof(forms) / sizeof(forms[0]) || forms[i].len > left)
		return 0;
	if (forms[i].len > 1 && (s[1] < forms[i].low || s[1] > forms[i].high))
		return 0;
	for (k = 2; k < forms[i].len; k++)
		if ((s[k] & 0xc0) != 0x80)
			return 0;
	return forms[i].len;
}

#endif
