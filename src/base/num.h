/* SPDX-License-Identifier: Apache-2.0 */
/*
 * num: strict reading of numbers, sizes and durations from text.
 */
#ifndef SL_BASE_NUM_H
#define SL_BASE_NUM_H

#include <stdint.h>

#include "base/buf.h"

/**
 * Read a decimal number: digits only, no sign, no blanks, no leading zero
 * but "0" itself.
 *
 * @param max  largest accepted value
 * @return 0, SL_EINVAL (not such a number), SL_ETOOBIG (over max)
 */
int sl_num_parse(struct sl_str s, uint64_t max, uint64_t *out) SL_MUST_CHECK;

/**
 * Read a size in bytes: a number with an optional unit B, KiB, MiB or GiB,
 * with or without one blank between ("5 MiB", "512").
 *
 * @return as sl_num_parse
 */
int sl_num_parse_bytes(struct sl_str s, uint64_t *out) SL_MUST_CHECK;

/**
 * Read a duration: a number with a unit ms, s, m, h or d ("250ms", "14d").
 *
 * @param[out] out_ms  milliseconds
 * @return as sl_num_parse
 */
int sl_num_parse_duration(struct sl_str s, int64_t *out_ms) SL_MUST_CHECK;

/**
 * Append a byte count for people: "512 B", "6.0 MiB".
 *
 * @return 0, SL_ETOOBIG
 */
int sl_num_format_bytes(struct sl_buf *out, uint64_t bytes);

/**
 * Append a duration for people: "250 ms", "3.2 s", "2 h 5 min", "14 d 0 h".
 *
 * @return 0, SL_ETOOBIG
 */
int sl_num_format_duration(struct sl_buf *out, int64_t ms);

#endif
