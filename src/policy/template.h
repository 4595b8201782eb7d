/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template: messages with {placeholders}.
 *
 * `{name}` is a placeholder, `{{` and `}}` are braces. Values are escaped for
 * terminals and cut when the text is made, so that a template may be filled
 * with anything from a push.
 */
#ifndef SL_POLICY_TEMPLATE_H
#define SL_POLICY_TEMPLATE_H

#include "base/buf.h"
#include "base/error.h"

/** Bytes of a filled template. */
#define SL_TEMPLATE_MAX 600
/** Bytes of one value in it. */
#define SL_TEMPLATE_VALUE_MAX 160

/**
 * The value of a placeholder.
 *
 * @param[out] value  raw bytes
 * @return whether the name is known
 */
typedef bool sl_template_lookup_fn(void *ctx, struct sl_str name,
    struct sl_str *value);

/**
 * Check the syntax of a template and visit each placeholder's name.
 *
 * @param visit  NULL, or called with each name; false ends with SL_EINVAL and
 *               no error text set
 * @return 0, SL_EINVAL (lone brace, empty name), the text says where
 */
int sl_template_check(struct sl_str text,
    bool (*visit)(void *ctx, struct sl_str name), void *ctx,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Append a checked template with its values. What is unknown stays as it is
 * written. Never appends more than SL_TEMPLATE_MAX bytes.
 */
void sl_template_fill(struct sl_str text, sl_template_lookup_fn *lookup,
    void *ctx, struct sl_buf *out);

/** Append a value as templates do: escaped, cut with "..." when long. */
void sl_template_value(struct sl_buf *out, struct sl_str value);

#endif
