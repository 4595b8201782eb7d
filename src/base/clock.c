/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t
system_now_s(void *self)
{
	(void)self;
	return (int64_t)time(NULL);
}

static int64_t
system_monotonic_ms(void *self)
{
	struct timespec t;

	(void)self;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
system_sleep_ms(void *self, int64_t ms)
{
	struct timespec t = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };

	(void)self;
	if (ms > 0)
		nanosleep(&t, NULL);
}

const struct sl_clock *
sl_clock_system(void)
{
	static const struct sl_clock clock = {
		NULL, system_now_s, system_monotonic_ms, system_sleep_ms
	};

	return &clock;
}

static int
split_utc(int64_t t_s, struct tm *tm)
{
	time_t t = (time_t)t_s;

	if (gmtime_r(&t, tm) == NULL || tm->tm_year < -1900 ||
	    tm->tm_year > 9999 - 1900)
		return SL_EINVAL;
	return SL_OK;
}

int
sl_time_format_basic(int64_t t_s, char out[SL_TIME_BASIC_SIZE])
{
	struct tm tm;

	if (split_utc(t_s, &tm) < 0)
		return SL_EINVAL;
	strftime(out, SL_TIME_BASIC_SIZE, "%Y%m%dT%H%M%SZ", &tm);
	return SL_OK;
}

int
sl_time_format_rfc3339(int64_t t_s, char out[SL_TIME_RFC3339_SIZE])
{
	struct tm tm;

	if (split_utc(t_s, &tm) < 0)
		return SL_EINVAL;
	strftime(out, SL_TIME_RFC3339_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return SL_OK;
}

/* Read exactly n digits at s[*at]; -1 where they are not. */
static int
digits(struct sl_str s, size_t *at, size_t n)
{
	int value = 0;

	if (s.len < *at + n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		char c = s.ptr[*at + i];

		if (c < '0' || c > '9')
			return -1;
		value = value * 10 + (c - '0');
	}
	*at += n;
	return value;
}

static bool
literal(struct sl_str s, size_t *at, char c)
{
	if (*at >= s.len || s.ptr[*at] != c)
		return false;
	(*at)++;
	return true;
}

int
sl_time_parse_rfc3339(struct sl_str s, int64_t *out_s)
{
	int year, month, day, hour, minute, second;
	struct tm tm = { 0 };
	struct sl_str zone;
	size_t at = 0;
	int64_t found_s;

	year = digits(s, &at, 4);
	if (!literal(s, &at, '-'))
		return SL_EINVAL;
	month = digits(s, &at, 2);
	if (!literal(s, &at, '-'))
		return SL_EINVAL;
	day = digits(s, &at, 2);
	if (!literal(s, &at, 'T'))
		return SL_EINVAL;
	hour = digits(s, &at, 2);
	if (!literal(s, &at, ':'))
		return SL_EINVAL;
	minute = digits(s, &at, 2);
	if (!literal(s, &at, ':'))
		return SL_EINVAL;
	second = digits(s, &at, 2);
	if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31 ||
	    hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
	    second > 60)
		return SL_EINVAL;
	if (literal(s, &at, '.')) {
		size_t start = at;

		while (at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9')
			at++;
		if (at == start)
			return SL_EINVAL;
	}
	zone = sl_strn(s.ptr + at, s.len - at);
	if (!sl_str_eqs(zone, "Z") && !sl_str_eqs(zone, "+00:00"))
		return SL_EINVAL;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	tm.tm_hour = hour;
	tm.tm_min = minute;
	tm.tm_sec = second;
	found_s = (int64_t)timegm(&tm);
	/* timegm folds 31 February into March; a date that moved was none. */
	if (tm.tm_mday != day)
		return SL_EINVAL;
	*out_s = found_s;
	return SL_OK;
}

int
sl_time_parse_day(struct sl_str day, int64_t *out_s)
{
	char time[SL_TIME_RFC3339_SIZE];

	if (day.len != 10)
		return SL_EINVAL;
	snprintf(time, sizeof(time), "%.10sT00:00:00Z", day.ptr);
	return sl_time_parse_rfc3339(sl_str(time), out_s);
}
