/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/exit.h"

#include "base/error.h"

enum sl_exit
sl_exit_of_error(int code)
{
	switch (code) {
	case SL_OK:
		return SL_EXIT_PASS;
	case SL_ELIMIT:
	case SL_ECORRUPT:
		return SL_EXIT_UNDECIDED;
	case SL_ENET:
	case SL_EREMOTE:
	case SL_EDENIED:
	case SL_ECONFLICT:
		return SL_EXIT_REMOTE;
	case SL_ETAMPERED:
		return SL_EXIT_FAILED;
	case SL_EREFUSED:
		return SL_EXIT_VIOLATIONS;
	case SL_EBUSY:
		return SL_EXIT_RUNNING;
	default:
		return SL_EXIT_CONFIG;
	}
}
