/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"

int
sl_num_parse(struct sl_str s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (s.len == 0 || (s.len > 1 && s.ptr[0] == '0'))
		return SL_EINVAL;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return SL_EINVAL;
	for (size_t i = 0; i < s.len; i++) {
		uint64_t digit = (uint64_t)(s.ptr[i] - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return SL_ETOOBIG;
		value = value * 10 + digit;
	}
	if (value > max)
		return SL_ETOOBIG;
	*out = value;
	return SL_OK;
}

struct unit {
	const char *name;
	uint64_t factor;
};

/* Read "<number>[ ]<unit>"; the first unit whose name ends s decides. */
static int
parse_with_unit(struct sl_str s, const struct unit *units, size_t count,
    uint64_t max, uint64_t *out)
{
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(units[i].name);
		struct sl_str number = s;
		uint64_t value;
		int rc;

		if (!sl_str_ends(s, units[i].name))
			continue;
		number.len -= n;
		if (n > 0 && number.len > 1 &&
		    number.ptr[number.len - 1] == ' ')
			number.len--;
		rc = sl_num_parse(number, max / units[i].factor, &value);
		if (rc < 0)
			return rc;
		*out = value * units[i].factor;
		return SL_OK;
	}
	return SL_EINVAL;
}

int
sl_num_parse_bytes(struct sl_str s, uint64_t *out)
{
	static const struct unit units[] = {
		{ "KiB", 1024 },
		{ "MiB", 1024 * 1024 },
		{ "GiB", 1024 * 1024 * 1024 },
		{ "B", 1 },
		{ "", 1 },
	};

	return parse_with_unit(s, units, SL_COUNT(units), INT64_MAX, out);
}

int
sl_num_parse_duration(struct sl_str s, int64_t *out_ms)
{
	static const struct unit units[] = {
		{ "ms", 1 },
		{ "s", 1000 },
		{ "m", 60 * 1000 },
		{ "h", 60 * 60 * 1000 },
		{ "d", 24 * 60 * 60 * 1000 },
	};
	uint64_t value;
	int rc = parse_with_unit(s, units, SL_COUNT(units), INT64_MAX, &value);

	if (rc == SL_OK)
		*out_ms = (int64_t)value;
	return rc;
}

int
sl_num_format_bytes(struct sl_buf *out, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes;
	size_t unit = 0;

	if (bytes < 1024)
		return sl_buf_addf(out, "%llu B", (unsigned long long)bytes);
	for (value /= 1024; value >= 1023.95 && unit + 1 < SL_COUNT(units);
	     unit++)
		value /= 1024;
	return sl_buf_addf(out, "%.1f %s", value, units[unit]);
}

int
sl_num_format_duration(struct sl_buf *out, int64_t ms)
{
	long long s = ms / 1000;

	if (ms < 1000)
		return sl_buf_addf(out, "%lld ms", (long long)ms);
	if (s < 60)
		return sl_buf_addf(out, "%.1f s", (double)ms / 1000);
	if (s < 3600)
		return sl_buf_addf(out, "%lld min %lld s", s / 60, s % 60);
	if (s < 86400)
		return sl_buf_addf(out, "%lld h %lld min", s / 3600,
		    s % 3600 / 60);
	return sl_buf_addf(out, "%lld d %lld h", s / 86400, s % 86400 / 3600);
}
