/* nearpost_admin: verb=
 *
 *      ping                        action=OK version= uptime_s= redis=
 *                                  policyds= (that share it) asset_digest=
 *                                  events_waiting= (for Redis)
 *                                  rates=minute_relayed=...;minute_sent=...;
 *      unbook booking=             the stub did not go out
 *      turned_away                 what a milter refused by itself:
 *                                  milter/refusals.h
 *      gateways                    gateway.N=id=...;live=yes;...
 *      reload                      as SIGHUP
 *      drain gateway= [for=2h] [reason=]    take out of service: no new mail
 *      resume gateway=
 *      pause campaign= [reason=]   stubs wait
 *      cancel campaign= [reason=]  stubs are refused
 *      release campaign=           neither any more
 *      refused gateway=            a connection to it was refused
 *      warm domains=a,b            look the domains up and have gateways
 *                                  measure their servers beforehand */
#ifndef NEARPOST_POLICYD_ADMIN_H
#define NEARPOST_POLICYD_ADMIN_H

#include "policyd/front.h"

void admin_request(struct ask *ask);

#endif
