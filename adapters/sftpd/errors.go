// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"strings"

	"github.com/pkg/sftp"

	"github.com/seinhuis/seinhuis/gateway"
)

// status is a failure as an SFTP client gets it: a status code and a safe
// sentence.
type status struct {
	code error // one of sftp.ErrSSHFx…
	text string
}

func (s status) Error() string { return s.text }
func (s status) Unwrap() error { return s.code }

var (
	errNoFile      = status{sftp.ErrSSHFxNoSuchFile, "Dit bestand is er niet."}
	errNotAllowed  = status{sftp.ErrSSHFxPermissionDenied, "Dit mag hier niet."}
	errExists      = status{sftp.ErrSSHFxFailure, "Er is al een bestand met deze naam."}
	errUnsupported = status{sftp.ErrSSHFxOpUnsupported, "Dit kan hier niet."}
	errName        = status{sftp.ErrSSHFxPermissionDenied, "Deze bestandsnaam kan hier niet; zie de beschrijving van de map."}
	errHandles     = status{sftp.ErrSSHFxFailure, "Te veel bestanden tegelijk open."}
	errQuota       = status{sftp.ErrSSHFxFailure, "De ruimte voor niet-afgeronde bestanden is op."}
	errTooLarge    = status{sftp.ErrSSHFxFailure, "Het bestand is te groot."}
	errIncomplete  = status{sftp.ErrSSHFxFailure, "Het bestand is niet heel aangekomen."}
	errOwn         = status{sftp.ErrSSHFxFailure, "Interne fout; probeer het later opnieuw."}
)

// statusOf maps errors for this door, once. Our own causes stay inside.
func statusOf(err error) error {
	if err == nil {
		return nil
	}
	e := gateway.AsError(err)
	code := error(sftp.ErrSSHFxFailure)
	switch e.Kind {
	case gateway.KindNotFound, gateway.KindGone:
		code = sftp.ErrSSHFxNoSuchFile
	case gateway.KindForbidden, gateway.KindUnauthenticated:
		code = sftp.ErrSSHFxPermissionDenied
	}
	var texts []string
	for _, f := range e.Findings {
		texts = append(texts, string(f.Code)+": "+f.Text)
	}
	switch {
	case len(texts) > 5: // the whole list is in the .geweigerd.json
		texts = append(texts[:5], "…")
	case len(texts) > 0:
	case e.Kind == gateway.KindUnavailable:
		texts = []string{"Tijdelijk niet beschikbaar; probeer het later opnieuw."}
	default:
		return errOwn
	}
	return status{code, strings.Join(texts, " ")}
}
