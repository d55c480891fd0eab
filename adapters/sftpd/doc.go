// SPDX-License-Identifier: EUPL-1.2

// Package sftpd is the SFTP door for municipalities and creditors: any SFTP
// client can empty a mailbox, drop a file and read what became of it. It knows
// who is there by a registered public key, and turns what clients do with
// files into the calls that the HTTP door makes as well; there is one state
// behind both.
//
// The tree is made up here and touches no disk (paths.go). For a municipality:
//
//	/signalen/nieuw       <GMcode>_<signaalId>.json.jwe or .json.pgp, and index.csv
//	/signalen/opgehaald   what this session confirmed
//	/terugkoppelingen     drop: <any name>.jws, of at most 96 characters, signed feedback
//	/berichten            <volgnummer>_<berichtId>.jws
//	/berichten/ontvangen  notices that the municipality received: a move here says so
//	/pauzes               <pauzeId>.jws, the signed statement of a pause: read by name
//	/pauzewijzigingen     drop: <wijzigingId>.jws, a signed change of a pause
//	/bewijzen             <name>.bewijs.jws, <wijzigingId>.wijzigingsbewijs.jws, or <name>.geweigerd.json
//
// For a creditor:
//
//	/aanleveringen        drop: <aanleveringId>[.controle].<ndjson|csv>.<pgp|jose>
//	/uitkomsten           <aanleveringId>.status.json, .uitkomsten.ndjson, .samenvatting.jws
//	/berichten            <volgnummer>_<berichtId>.jws
//	/berichten/ontvangen  notices that the creditor received: a move here says so
//	/berichten/toegepast  notices whose pause it applied: a move here says so
//	/pauzes               as above
//	/pauzewijzigingen     as above
//	/bewijzen             <aanleveringId>.samenvatting.jws, <wijzigingId>.wijzigingsbewijs.jws, <name>.geweigerd.json
//
// Listing /signalen/nieuw is offered; every byte sent and an explicit close is
// read; a move to /signalen/opgehaald or a removal is confirmed. Removing a
// notice is ontvangen.
//
// An upload counts when it is published: by a rename from a temporary name (a
// leading dot, or .part, .filepart, .partial, .tmp at the end), or, for a
// client that cannot rename, by an explicit close of a file written under its
// final name without a gap or a failed write. A connection that drops closes
// nothing. Success is answered only after the service behind has the file.
// What was not published ends with the session; what was published stays in
// the session's listing and can be neither replaced nor removed.
//
// It may not open, check or keep what passes: uploads are spooled as received
// and erased once handed on. Receipts, refusals and outcomes, which hold no
// personal data, stay in the spool for Options.Keep. Called by cmd, which
// listens.
package sftpd
