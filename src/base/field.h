/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field: a name and its value, such as a header, a query parameter or a tag.
 */
#ifndef SL_BASE_FIELD_H
#define SL_BASE_FIELD_H

#include "base/buf.h"

/** A named value; both views are borrowed. */
struct sl_field {
	struct sl_str name;
	struct sl_str value;
};

#endif
