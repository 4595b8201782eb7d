/* SPDX-License-Identifier: Apache-2.0 */
/*
 * formats: `format`, checked where the caller asks for it.
 */
#include "schema/schema_int.h"

#include "base/text.h"

/* A text that is read from its start. */
struct scan {
	const char *at;
	const char *end;
};

static bool
take(struct scan *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

/* Exactly count digits, as a number; -1 where there are fewer. */
static int
take_digits(struct scan *s, unsigned count)
{
	int value = 0;

	for (; count > 0; count--, s->at++) {
		if (s->at == s->end || *s->at < '0' || *s->at > '9')
			return -1;
		value = value * 10 + *s->at - '0';
	}
	return value;
}

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

static bool
take_date(struct scan *s)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	int year, month, day, last;

	year = take_digits(s, 4);
	if (year < 0 || !take(s, '-'))
		return false;
	month = take_digits(s, 2);
	if (month < 1 || month > 12 || !take(s, '-'))
		return false;
	day = take_digits(s, 2);
	last = days[month - 1];
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		last = 29;
	return day >= 1 && day <= last;
}

/* Minutes of an offset from UTC; false where it is none. */
static bool
take_offset(struct scan *s, int *minutes)
{
	int sign, hour, minute;

	*minutes = 0;
	if (take(s, 'Z') || take(s, 'z'))
		return true;
	sign = take(s, '-') ? -1 : take(s, '+') ? 1 : 0;
	hour = take_digits(s, 2);
	if (sign == 0 || hour < 0 || hour > 23 || !take(s, ':'))
		return false;
	minute = take_digits(s, 2);
	*minutes = sign * (hour * 60 + minute);
	return minute >= 0 && minute <= 59;
}

/* @source RFC 3339, section 5.6; a leap second ends a day of UTC */
static bool
take_time(struct scan *s)
{
	int hour, minute, second, offset;

	hour = take_digits(s, 2);
	if (hour < 0 || hour > 23 || !take(s, ':'))
		return false;
	minute = take_digits(s, 2);
	if (minute < 0 || minute > 59 || !take(s, ':'))
		return false;
	second = take_digits(s, 2);
	if (second < 0 || second > 60)
		return false;
	if (take(s, '.')) {
		if (take_digits(s, 1) < 0)
			return false;
		while (take_digits(s, 1) >= 0)
			;
	}
	if (!take_offset(s, &offset))
		return false;
	return second < 60 ||
	    (hour * 60 + minute - offset + 2880) % 1440 == 1439;
}

static bool
is_date(struct sl_str text)
{
	struct scan s = { text.ptr, text.ptr + text.len };

	return take_date(&s) && s.at == s.end;
}

static bool
is_time(struct sl_str text)
{
	struct scan s = { text.ptr, text.ptr + text.len };

	return take_time(&s) && s.at == s.end;
}

static bool
is_date_time(struct sl_str text)
{
	struct scan s = { text.ptr, text.ptr + text.len };

	return take_date(&s) && (take(&s, 'T') || take(&s, 't')) &&
	    take_time(&s) && s.at == s.end;
}

/* Numbers with units, each unit at most once and in this order. */
static bool
take_units(struct scan *s, const char *units, bool *any)
{
	size_t next = 0;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9') {
		const char *unit;

		while (take_digits(s, 1) >= 0)
			;
		unit = s->at < s->end ? strchr(units + next, *s->at) : NULL;
		if (unit == NULL || *unit == '\0')
			return false;
		/* Between two units, none may be left out. */
		if (*any && next > 0 && unit != units + next)
			return false;
		next = (size_t)(unit - units) + 1;
		s->at++;
		*any = true;
	}
	return true;
}

/* @source RFC 3339, appendix A */
static bool
is_duration(struct sl_str text)
{
	struct scan s = { text.ptr, text.ptr + text.len };
	struct scan weeks;
	bool any = false, time = false;

	if (!take(&s, 'P'))
		return false;
	weeks = s;
	if (take_units(&weeks, "W", &any) && any && weeks.at == weeks.end)
		return true;
	any = false;
	if (!take_units(&s, "YMD", &any))
		return false;
	if (take(&s, 'T') && (!take_units(&s, "HMS", &time) || !time))
		return false;
	return (any || time) && s.at == s.end;
}

/* @source RFC 2673, section 3.2 */
static bool
take_ipv4(struct scan *s)
{
	for (int part = 0; part < 4; part++) {
		const char *start = s->at;
		int value = 0;

		if (part > 0 && !take(s, '.'))
			return false;
		start = s->at;
		while (s->at < s->end && s->at - start < 3 && *s->at >= '0' &&
		    *s->at <= '9')
			value = value * 10 + *s->at++ - '0';
		if (s->at == start || value > 255 ||
		    (*start == '0' && s->at - start > 1))
			return false;
	}
	return true;
}

static bool
is_ipv4(struct sl_str text)
{
	struct scan s = { text.ptr, text.ptr + text.len };

	return take_ipv4(&s) && s.at == s.end;
}

static int
take_hex(struct scan *s, unsigned max)
{
	unsigned count = 0;

	while (count < max && s->at < s->end && *s->at != '\0' &&
	    strchr("0123456789abcdefABCDEF", *s->at)) {
		s->at++;
		count++;
	}
	return (int)count;
}

/* @source RFC 4291, section 2.2 */
static bool
is_ipv6(struct sl_str text)
{
	struct scan s = { text.ptr, text.ptr + text.len };
	unsigned groups = 0;
	bool gap = false;

	if (take(&s, ':')) {
		if (!take(&s, ':'))
			return false;
		gap = true;
	}
	while (s.at < s.end && groups < 8) {
		struct scan v4 = s;

		if (groups <= 6 && take_ipv4(&v4) && v4.at == v4.end) {
			groups += 2;
			s = v4;
			break;
		}
		if (take_hex(&s, 4) == 0)
			return false;
		groups++;
		if (s.at == s.end)
			break;
		if (!take(&s, ':'))
			return false;
		if (take(&s, ':')) {
			if (gap)
				return false;
			gap = true;
		} else if (s.at == s.end) {
			return false;
		}
	}
	return s.at == s.end && (gap ? groups < 8 : groups == 8);
}

/* @source RFC 9562, section 4 */
static bool
is_uuid(struct sl_str text)
{
	static const unsigned parts[] = { 8, 4, 4, 4, 12 };
	struct scan s = { text.ptr, text.ptr + text.len };

	for (size_t i = 0; i < SL_COUNT(parts); i++)
		if ((i > 0 && !take(&s, '-')) ||
		    take_hex(&s, parts[i]) != (int)parts[i])
			return false;
	return s.at == s.end;
}

/* @source RFC 1123, section 2.1 */
static bool
is_hostname(struct sl_str text)
{
	size_t label = 0;

	if (text.len == 0 || text.len > 253)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		char before = i > 0 ? text.ptr[i - 1] : '.';

		if (c == '.') {
			if (before == '.' || before == '-')
				return false;
			label = 0;
			continue;
		}
		if (++label > 63 || (!is_word(c) && (c != '-' || label == 1)))
			return false;
		/* Kept for names in other scripts, which are not read here. */
		if (label == 4 && c == '-' && before == '-')
			return false;
	}
	return text.ptr[text.len - 1] != '.' && text.ptr[text.len - 1] != '-';
}

/* @source RFC 6901, section 3 */
static bool
is_json_pointer(struct sl_str text)
{
	if (text.len > 0 && text.ptr[0] != '/')
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '~' &&
		    (i + 1 == text.len ||
			(text.ptr[i + 1] != '0' && text.ptr[i + 1] != '1')))
			return false;
	return true;
}

static const struct {
	const char *name;
	bool (*fits)(struct sl_str text);
} formats[] = {
	{ "date", is_date },
	{ "date-time", is_date_time },
	{ "duration", is_duration },
	{ "hostname", is_hostname },
	{ "ipv4", is_ipv4 },
	{ "ipv6", is_ipv6 },
	{ "json-pointer", is_json_pointer },
	{ "time", is_time },
	{ "uuid", is_uuid },
};

int
sl_read_format(struct sl_compiler *c, struct sl_sub *sub SL_UNUSED,
    struct sl_word *word, struct sl_error *err)
{
	const char *names[SL_COUNT(formats) + 1] = { NULL };
	struct sl_str text;
	size_t index;
	int rc = sl_node_read_text(word->node, "format", &text, err);

	if (rc < 0 || !(c->schema->flags & SL_SCHEMA_FORMATS))
		return rc;
	for (size_t i = 0; i < SL_COUNT(formats); i++)
		names[i] = formats[i].name;
	rc = sl_node_read_word(word->node, "format", names, &index, err);
	if (rc == SL_OK)
		word->format = formats[index].fits;
	return rc;
}

int
sl_check_format(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	struct sl_str text = sl_node_text(frame->spot->node);
	int rc = sl_trial_charge(t, text.len / 64, err);

	if (rc < 0)
		return rc;
	return word->format == NULL || word->format(text) ?
	    SL_RX_YES :
	    sl_trial_flaw(t, word, frame->spot);
}
