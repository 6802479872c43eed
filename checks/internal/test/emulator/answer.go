package emulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// The documented authentication error codes.
const (
	CodeMissing      = "MISSING_ACCESS_TOKEN"
	CodeInvalid      = "INVALID_ACCESS_TOKEN"
	CodeInvalidAlias = "ERR_AUTH"
	CodeNotAllowed   = "IP_NOT_ALLOWED"
	CodeBlocked      = "IP_BLOCKED"
)

// An answer is a status and the JSON body that all v3 endpoints share.
type answer struct {
	status int

	Success   bool      `json:"success"`
	Data      any       `json:"data,omitempty"` // validData or balanceData
	Error     *apiError `json:"error,omitempty"`
	Meta      meta      `json:"meta"`
	RequestID string    `json:"requestId"`
}

type validData struct {
	Username string `json:"username"`
	APIKey   apiKey `json:"apiKey"`
}

type balanceData struct {
	Balance json.Number `json:"balance"`
}

type apiKey struct {
	Key        string   `json:"key"`
	IsEnabled  bool     `json:"isEnabled"`
	Type       string   `json:"type"`
	AllowedIPs []string `json:"allowedips"`
	Scope      string   `json:"scope"`
}

type apiError struct {
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Details map[string]any `json:"details,omitempty"`
}

type meta struct {
	Timestamp string `json:"timestamp"`
}

// success returns the answer for a key that validates.
func success(key Key) answer {
	return answer{status: http.StatusOK, Success: true, Data: validData{
		Username: key.Username,
		APIKey: apiKey{
			Key:        cmp.Or(key.Echo, key.Text),
			IsEnabled:  key.Enabled,
			Type:       key.Type,
			AllowedIPs: append([]string{}, key.AllowedIPs...), // [], never null
			Scope:      key.Scope,
		},
	}}
}

// balance returns the answer with the balance of a key's account.
func balance(key Key) answer {
	return answer{status: http.StatusOK, Success: true, Data: balanceData{key.Balance}}
}

// failure returns an error in the documented form.
func failure(status int, code, message string, details map[string]any) answer {
	return answer{status: status, Error: &apiError{code, message, details}}
}

// plainError returns an error that the vendor does not document, with a code and
// message such as NOT_FOUND and "Not Found" for a 404.
func plainError(status int) answer {
	message := cmp.Or(http.StatusText(status), "Error")
	code := strings.ToUpper(strings.ReplaceAll(message, " ", "_"))
	return failure(status, code, message, nil)
}

// send writes an answer with the time and the next request ID.
func (a *API) send(w http.ResponseWriter, ans answer) {
	a.mu.Lock()
	a.answers++
	ans.RequestID = fmt.Sprintf("req_%06d", a.answers)
	ans.Meta.Timestamp = a.opts.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	a.mu.Unlock()

	body, err := json.Marshal(ans)
	if err != nil { // details that JSON cannot express: a mistake in the test
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if ans.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodGet) // RFC 9110, section 15.5.6
	}
	w.WriteHeader(ans.status)
	_, _ = w.Write(body) // the caller may have hung up
}
