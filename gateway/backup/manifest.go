// SPDX-License-Identifier: EUPL-1.2

package backup

import (
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// Manifest tells what is in an archive. It is the last thing in it, encrypted
// like the rest.
type Manifest struct {
	ID     gateway.UUID `json:"id"`
	Owner  gateway.OIN  `json:"seinhuis"`
	Made   time.Time    `json:"gemaaktOp"` // the archive holds what was committed before it
	Schema int          `json:"schema"`
	Tables []TableCount `json:"tabellen"`
	Files  []FileCount  `json:"bestanden"`
	Gone   int          `json:"verdwenen,omitzero"` // files that were done with while the archive was made
	Log    LogState     `json:"logboek"`
	Scopes []string     `json:"sleutelbereiken"` // of the keys that bodies and notices in it rest under
}

// TableCount is one table: how many rows, and the digest of all of them.
type TableCount struct {
	Name   string         `json:"naam"`
	Rows   int64          `json:"rijen"`
	SHA256 gateway.Digest `json:"sha256"`
}

// FileCount is one file that went along.
type FileCount struct {
	Folder string         `json:"map"`
	Name   string         `json:"naam"`
	Size   int64          `json:"grootte"`
	SHA256 gateway.Digest `json:"sha256"`
}

// LogState is how far the log was. Rows after Size were committed and under no
// checkpoint yet.
type LogState struct {
	Origin string `json:"oorsprong,omitzero"`
	Size   int64  `json:"omvang"`
	Root   string `json:"wortel,omitzero"` // base64
	Rows   int64  `json:"regels"`
	Last   string `json:"laatste,omitzero"` // moment of the last row
}

// Rows counts the rows of all tables.
func (m Manifest) Rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// Statement (reservekopie+jwt) is what the gateway signs of an archive. It
// stands in clear at the end, so that who keeps archives can see that one is
// whole without being able to read it. It names no party and no person.
type Statement struct {
	Issuer   gateway.OIN    `json:"iss"`
	ID       gateway.UUID   `json:"jti"`
	Made     time.Time      `json:"gemaaktOp"`
	Schema   int            `json:"schema"`
	Key      string         `json:"herstelsleutel"`
	Size     int64          `json:"grootte"` // bytes before the statement
	SHA256   gateway.Digest `json:"sha256"`  // of those bytes
	Manifest gateway.Digest `json:"inhoud"`  // of the manifest
	Log      LogState       `json:"logboek"`
}
