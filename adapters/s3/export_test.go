// SPDX-License-Identifier: EUPL-1.2

package s3

// OpenAs opens a store with credentials that end.
var OpenAs = open
