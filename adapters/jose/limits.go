// SPDX-License-Identifier: EUPL-1.2

package jose

// The limits that hold when Limits leaves them out.
const (
	DefaultToken  = 256 << 10 // bytes of a whole compact token
	DefaultHeader = 4 << 10   // bytes of one encoded protected header
)

// Limits bounds the work that one token can cause. Zero means the default.
type Limits struct {
	Token  int // bytes of the token as received
	Header int // bytes of a protected header, base64url encoded
}

func (l Limits) orDefault() Limits {
	if l.Token <= 0 {
		l.Token = DefaultToken
	}
	if l.Header <= 0 {
		l.Header = DefaultHeader
	}
	return l
}
