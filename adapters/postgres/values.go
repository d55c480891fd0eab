// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// uuid gives the 16 bytes of a canonical UUID.
func uuid[ID ~string](id ID) ([]byte, error) {
	if _, err := gateway.ParseUUID(string(id)); err != nil {
		return nil, errID
	}
	s := string(id)
	return hex.DecodeString(s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:])
}

// text gives the canonical text of 16 bytes, "" of none.
func text[ID ~string](b []byte) ID {
	if len(b) != 16 {
		return ""
	}
	return ID(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))
}

// madeAt is the moment inside a version 7 UUID, the zero time of another.
func madeAt(id []byte) time.Time {
	if len(id) != 16 || id[6]>>4 != 7 {
		return time.Time{}
	}
	var ms int64
	for _, b := range id[:6] {
		ms = ms<<8 | int64(b)
	}
	return time.UnixMilli(ms).UTC()
}

// day is a civil date as days since 1970; nil (NULL) for the zero Date.
func day(d gateway.Date) any {
	if d.IsZero() {
		return nil
	}
	return d.Time().Unix() / 86400
}

// date is the inverse of day.
func date(days *int64) gateway.Date {
	if days == nil {
		return gateway.Date{}
	}
	return gateway.DateOf(time.Unix(*days*86400, 0).UTC())
}

// moment is a time as milliseconds since 1970; nil (NULL) for the zero time.
func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// at is the inverse of moment, in UTC.
func at(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return time.UnixMilli(*ms).UTC()
}

// list writes what jsonb_array_elements reads: a whole slice as one parameter, so that a
// lookup of many costs one statement.
func list(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func digest(b []byte) (d gateway.Digest) {
	copy(d[:], b)
	return d
}

// ceilMilli is the first whole millisecond that is not before a time.
func ceilMilli(t time.Time) int64 {
	ms := t.UnixMilli()
	if t.After(time.UnixMilli(ms)) {
		ms++
	}
	return ms
}

// orNone is NULL for no bytes.
func orNone(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}
