// SPDX-License-Identifier: EUPL-1.2

package gateway

// NoticeDraft is a notice and the party it is for, not yet signed.
type NoticeDraft struct {
	To     Party
	Notice Notice
}

// PostedNotice is a notice as truth keeps it: signed, then wrapped under a key that
// can be destroyed, because "this report led to help" says something about a
// person to whoever holds the creditor's books.
type PostedNotice struct {
	ID       NoticeID
	Creditor OIN
	ReportID ReportID
	Kind     NoticeKind
	Pause    *Pause
	Scope    string
	Wrapped  []byte
	Digest   Digest // of the compact JWS
}
