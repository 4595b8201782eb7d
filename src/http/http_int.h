/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_int: what the files of src/http share.
 */
#ifndef SL_HTTP_HTTP_INT_H
#define SL_HTTP_HTTP_INT_H

#include "http/http.h"

/**
 * Make the fields of a response from the lines in its head, in place.
 *
 * @return 0, SL_ENET (a line that is no header), SL_ETOOBIG (too many)
 */
int sl_http_response_index(struct sl_http_response *resp,
    struct sl_error *err) SL_MUST_CHECK;

#endif
