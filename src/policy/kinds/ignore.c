/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kinds/ignore.h"

#include "policy/policy.h"

#define MARK "sluice:allow"
/* Letters and digits of a reason: `--` and the end of a comment are none. */
#define MIN_REASON 3

static const char *const words[] = { "deny", "allow", NULL };

int
sl_ignore_read(struct sl_rule *rule, struct sl_ignore *out,
    struct sl_error *err)
{
	static const char *const waivers[] = { "allow", "deny", NULL };
	size_t word = 0, waived = 0;
	int rc = sl_rule_read_word(rule, "inline-ignore", words, &word, err);

	if (rc == SL_OK)
		rc = sl_rule_read_word(rule, "waivers", waivers, &waived, err);
	if (rc == SL_OK && word == 1 && waived == 0)
		out->rule = sl_rule_name(rule);
	return rc;
}

/* The line around a byte, as far as it is looked at. */
static struct sl_str
line_at(struct sl_str text, size_t offset)
{
	size_t start = offset, end = offset;

	while (start > 0 && offset - start < SL_IGNORE_REACH &&
	    text.ptr[start - 1] != '\n')
		start--;
	while (end < text.len && end - offset < SL_IGNORE_REACH &&
	    text.ptr[end] != '\n')
		end++;
	return sl_strn(text.ptr + start, end - start);
}

static bool
skip(struct sl_str *s, const char *prefix)
{
	if (!sl_str_starts(*s, prefix))
		return false;
	*s = sl_strn(s->ptr + strlen(prefix), s->len - strlen(prefix));
	return true;
}

static bool
is_reason(struct sl_str s)
{
	unsigned count = 0;

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = (uint8_t)s.ptr[i];

		count += c >= 128 || (c >= '0' && c <= '9') ||
		    ((c | 32) >= 'a' && (c | 32) <= 'z');
	}
	return count >= MIN_REASON;
}

/* What a comment says after its mark: up to the next one. */
static enum sl_ignored
read_comment(const char *rule, struct sl_str rest, struct sl_str *reason)
{
	for (size_t i = 0; i + strlen(MARK) <= rest.len; i++)
		if (!memcmp(rest.ptr + i, MARK, strlen(MARK)))
			rest.len = i;
	while (skip(&rest, " "))
		;
	/* Another rule's name may begin with this one. */
	if (!skip(&rest, rule) || (rest.len > 0 && rest.ptr[0] != ' '))
		return SL_IGNORED_NO;
	while (skip(&rest, " "))
		;
	if (!skip(&rest, "--"))
		return SL_IGNORED_BARE;
	*reason = sl_str_trim(rest);
	return is_reason(*reason) ? SL_IGNORED_YES : SL_IGNORED_BARE;
}

enum sl_ignored
sl_ignore_find(const struct sl_ignore *ignore, struct sl_str text,
    size_t offset, struct sl_str *reason)
{
	enum sl_ignored found = SL_IGNORED_NO;
	struct sl_str line;

	if (ignore->rule == NULL || offset > text.len)
		return SL_IGNORED_NO;
	line = line_at(text, offset);
	for (size_t i = 0; i + strlen(MARK) <= line.len &&
	     found != SL_IGNORED_YES; i++) {
		struct sl_str rest = sl_strn(line.ptr + i, line.len - i);
		enum sl_ignored now = SL_IGNORED_NO;

		if (skip(&rest, MARK " "))
			now = read_comment(ignore->rule, rest, reason);
		if (now != SL_IGNORED_NO)
			found = now;
	}
	return found;
}
