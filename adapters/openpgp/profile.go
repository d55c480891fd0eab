// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"crypto"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// The limits of what is read.
const (
	// maxRecipients is two keys at a rotation, each with two subkeys at most.
	maxRecipients = 4
	// maxArmorHead is of the armor before its content, in bytes; GnuPG and
	// Sequoia write at most a version and some comments.
	maxArmorHead    = 4 << 10
	maxArmorHeaders = 8
	// maxMarkers is how many packets without meaning may come first.
	maxMarkers = 4
	// maxCertificate is of a key block or key statement as sent, in bytes.
	maxCertificate = 256 << 10
	// maxRatio is how much larger than its ciphertext a plaintext over ratioFrom
	// may be. Reports in CSV shrink to a tenth at best.
	maxRatio  = 200
	ratioFrom = 16 << 20
	// piece bounds one read or write of plaintext: the library buffers what it
	// gets at once.
	piece = 32 << 10
	// maxTail bounds what follows the content, which the library keeps in
	// memory: a signature has some hundreds of bytes.
	maxTail = 64 << 10
	// skew is how far a sender's clock may be ahead.
	skew = 5 * time.Minute
	// maxStatementAge: onboarding takes letters and signatures on paper.
	maxStatementAge = 30 * 24 * time.Hour
	// minRSABits is the least that NCSC calls sufficient.
	minRSABits = 3072
)

// profile is the library's configuration at one moment: what we make is a v4
// key with Ed25519 and Curve25519, AES-256 and SHA-256, not compressed; what we
// read has no RSA under 3072 bits, DSA, ElGamal, secp256k1, MD5, RIPEMD or SHA-1.
func profile(now time.Time) *packet.Config {
	weak := map[crypto.Hash]bool{crypto.MD5: true, crypto.RIPEMD160: true, crypto.SHA1: true}
	return &packet.Config{
		Time:                        func() time.Time { return now },
		DefaultHash:                 crypto.SHA256,
		DefaultCipher:               packet.CipherAES256,
		Algorithm:                   packet.PubKeyAlgoEdDSA,
		Curve:                       packet.Curve25519,
		MinRSABits:                  minRSABits,
		RejectHashAlgorithms:        weak,
		RejectMessageHashAlgorithms: weak,
	}
}

// reading is profile for a message that was already decrypted: the library
// would refuse intended recipients there, so file.signer compares them instead.
func reading(now time.Time) *packet.Config {
	p := profile(now)
	p.CheckIntendedRecipients = packet.BoolPointer(false)
	return p
}

// sealing is profile for encryption. A recipient whose key says that it reads
// RFC 9580 gets SEIPDv2, in chunks small enough for a report; any other SEIPDv1.
func sealing(now time.Time) *packet.Config {
	p := profile(now)
	p.AEADConfig = &packet.AEADConfig{ChunkSize: 16 << 10}
	return p
}
