package flexy

// A Fault says why an answer cannot be trusted. Its zero value is a fault of
// the program itself.
type Fault int

const (
	FaultInternal         Fault = iota
	FaultNoSuchHost             // NXDOMAIN
	FaultDNS                    // the name could not be looked up
	FaultConnect                // refused, unreachable
	FaultUnknownAuthority       // the server's certificate comes from no authority that is trusted
	FaultHostname               // the server's certificate is for another name
	FaultCertificate            // the server's certificate is not valid: expired, for example
	FaultTLS                    // any other fault of the handshake
	FaultProxy                  // the proxy refused to connect
	FaultProxyUnreachable       // no connection to the proxy
	FaultNoSuchProxy            // NXDOMAIN for the proxy's host name
	FaultPlainHTTP              // plain http off loopback
	FaultTimeout                // no whole answer in time
	FaultTruncated              // the connection was reset or closed before the answer was whole
	FaultMalformed              // what came back is not an HTTP answer of bounded size
	FaultTooLarge               // the body is over maxBody
	FaultShape                  // a body that is not the documented one
	FaultContradiction          // success and status contradict each other
	FaultHeaderLost             // MISSING_ACCESS_TOKEN although the key was sent
	FaultRedirect               // 3xx
	FaultRateLimited            // 429
	FaultServer                 // 5xx
	FaultStatus                 // any other status that is not documented
	FaultInterrupted            // the run was ended from outside
	FaultOutOfTime              // all of the time for all requests was used up
	FaultHeld                   // the key was not sent, so that the API does not block this address
	FaultRetryAfter             // the API asks for a longer wait than there is time
)

// StatusFault classifies an answer by its status alone.
func StatusFault(status int) Fault {
	switch status {
	case statusTooManyRequests:
		return FaultRateLimited
	case statusInternalServerError, statusBadGateway, statusServiceUnavailable, statusGatewayTimeout:
		return FaultServer
	}
	if status/100 == 3 {
		return FaultRedirect
	}
	return FaultStatus
}

// BodyFault classifies an answer whose body is at fault: where the body is
// what tells an answer's meaning, that is the fault, else the status is.
func BodyFault(status int, body Fault) Fault {
	switch status {
	case StatusOK, statusBadRequest, StatusUnauthorized, statusForbidden:
		return body
	}
	return StatusFault(status)
}
