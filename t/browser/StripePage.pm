# StripePage.pm - the page that Stripe hosts: of another origin, which is all
# that matters to a browser.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $page = StripePage->new;
#	$page->address($invoice_url, 'cs_1')	"Pay" leads back with the session,
#						"Turn back" without
#	$page->{url} . '/stay'			leaves the browser where it is
package StripePage;
use strict;
use warnings;
use IO::Socket::INET;
use MPanel::Test;
use POSIX ();

sub new
{
	my ($class) = @_;
	my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
		Listen => 16) or die "listen: $!";
	my $pid = fork // die "fork: $!";

	if ($pid == 0) {
		$SIG{TERM} = 'DEFAULT';
		while (my $c = $listener->accept) { serve($c) }
		POSIX::_exit(0);
	}
	return bless { pid => $pid, owner => $$,
		url => 'http://127.0.0.1:' . $listener->sockport }, $class;
}

sub DESTROY { kill TERM => $_[0]{pid} if $_[0]{owner} == $$ }

sub address
{
	my ($self, $back, $session) = @_;

	return "$self->{url}/pay?back=$back&session=$session";
}

sub serve
{
	my ($c) = @_;
	my $head = '';

	while (my $line = <$c>) {
		$head .= $line;
		last if $line =~ /^\r?$/;
	}
	my ($back, $session) = $head =~ m{^GET /pay\?back=(\S+)&session=(\w+)};
	my $page = $back ? '<!DOCTYPE html><html lang="en"><title>Pay</title>'
		. "<h1>Pay here</h1><a href=\"$back/return?session_id=$session"
		. "\">Pay</a> <a href=\"$back?payment=cancelled\">Turn back</a>"
		: '';

	print $c $head =~ m{^GET /stay} ? "HTTP/1.1 204 No Content\r\n"
		: "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n",
		"Connection: close\r\nContent-Length: ", length $page,
		"\r\n\r\n$page";
	close $c;
}

1;
