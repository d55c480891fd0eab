// SPDX-License-Identifier: EUPL-1.2

package policies

import "time"

// LongestTerms gives, per term, the longest that any rule in force on the day
// sets, in days; 0 where no rule sets it. A municipality's own term above it
// would never count, so whoever registers one asks here first.
func (b *Bundle) LongestTerms(day time.Time) Retention {
	var longest Retention
	if b == nil {
		return longest
	}
	for i := range b.documents {
		doc := &b.documents[i]
		if !doc.inForce(day) {
			continue
		}
		for _, r := range doc.rules {
			if r.effect == effectRetain && r.span.holds(day) {
				longest = Retention{max(longest.Body, r.days.Body), max(longest.Tokens, r.days.Tokens), max(longest.Receipt, r.days.Receipt)}
			}
		}
	}
	return longest
}
