// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// show answers a GET.
func (k *Console) show(w http.ResponseWriter, v *visit, p page) {
	if p.file != nil {
		k.download(w, v, p)
		return
	}
	view, err := p.get(v.request.Context(), v)
	var wrong problems
	if err != nil && !(errors.As(err, &wrong) && view != nil) {
		k.failed(w, v, p, err)
		return
	}
	status := http.StatusOK
	if len(wrong) > 0 {
		status = http.StatusBadRequest
	}
	k.render(w, v, p, status, view, wrong, form{values: v.query})
}

// send answers a POST: it does what the form asks and goes on to a page, or
// shows the form again with what is wrong.
func (k *Console) send(w http.ResponseWriter, v *visit, p page) {
	if p.post == nil {
		k.notAllowed(w, v, p)
		return
	}
	f, ok := k.form(w, v)
	if !ok {
		return
	}
	to, err := p.post(v.request.Context(), v, f)
	if err == nil {
		http.Redirect(w, v.request, to, http.StatusSeeOther)
		return
	}
	wrong, status := wrongOf(err)
	if len(wrong) == 0 || p.get == nil {
		k.failed(w, v, p, err)
		return
	}
	view, err := p.get(v.request.Context(), v)
	if err != nil {
		k.failed(w, v, p, err)
		return
	}
	k.render(w, v, p, status, view, wrong, f)
}

// wrongOf makes sentences of an error that a visitor can mend.
func wrongOf(err error) (problems, int) {
	var wrong problems
	if errors.As(err, &wrong) {
		return wrong, http.StatusUnprocessableEntity
	}
	e := gateway.AsError(err)
	status := map[gateway.ErrorKind]int{gateway.KindInvalid: http.StatusUnprocessableEntity,
		gateway.KindRefused: http.StatusUnprocessableEntity, gateway.KindConflict: http.StatusConflict}[e.Kind]
	if status == 0 {
		return nil, 0
	}
	for _, f := range e.Findings {
		wrong = append(wrong, problem{Text: f.Text})
	}
	return wrong, status
}

// form reads what was sent and holds it to the session it came out of.
func (k *Console) form(w http.ResponseWriter, v *visit) (form, bool) {
	files, err := parseForm(v.request)
	if err != nil {
		var big *http.MaxBytesError
		status := http.StatusBadRequest
		if errors.As(err, &big) {
			status = http.StatusRequestEntityTooLarge
		}
		k.fail(w, v, status)
		return form{}, false
	}
	if !v.session.holds(v.request.PostForm.Get("token")) {
		k.fail(w, v, http.StatusForbidden)
		return form{}, false
	}
	return form{v.request.PostForm, files}, true
}

// parseForm reads a form with its files, which stay in memory: the whole body
// is bounded.
func parseForm(r *http.Request) (map[string][]byte, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "multipart/form-data" {
		return nil, r.ParseForm()
	}
	if err := r.ParseMultipartForm(maxBody); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for name, sent := range r.MultipartForm.File {
		f, err := sent[0].Open()
		if err != nil {
			return nil, err
		}
		files[name], err = io.ReadAll(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// failed answers with the page of an error and tells the logger its kind and
// cause; neither holds content.
func (k *Console) failed(w http.ResponseWriter, v *visit, p page, err error) {
	e := gateway.AsError(err)
	status := statusOf(e.Kind)
	if status >= 500 {
		k.config.Logger.Error("console", "pagina", p.name, "fout", e.Error())
	}
	k.fail(w, v, status)
}

// statusOf maps kinds to answers. What one may not have looks as what is not
// there (habit 13).
func statusOf(kind gateway.ErrorKind) int {
	switch kind {
	case gateway.KindNotFound, gateway.KindForbidden, gateway.KindGone:
		return http.StatusNotFound
	case gateway.KindInvalid, gateway.KindRefused:
		return http.StatusBadRequest
	case gateway.KindConflict:
		return http.StatusConflict
	case gateway.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case gateway.KindUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

func (k *Console) download(w http.ResponseWriter, v *visit, p page) {
	f, err := p.file(v.request.Context(), v)
	if err != nil {
		k.failed(w, v, p, err)
		return
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(downloadTime))
	if v.request.Method == http.MethodHead {
		return
	}
	if err := f.write(w); err != nil {
		k.config.Logger.Error("console", "pagina", p.name, "fout", gateway.AsError(err).Error())
		// The status has gone: an end that is torn off tells that the file is not whole.
		panic(http.ErrAbortHandler)
	}
}
