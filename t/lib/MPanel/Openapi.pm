# Openapi.pm - does an answer fit the OpenAPI document of the program?
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# MPanel::Instance asks this of each JSON answer.  The document is the build's
# (`mpanel openapi`), read once for all tests of a run (MPANEL_OPENAPI, which
# t/run sets) or once here.
package MPanel::Openapi;
use strict;
use warnings;
use JSON::PP ();
use MPanel::Schema;
use Storable ();

my ($document, $schema, @paths);

# What `mpanel openapi` says; that it has no hole is looked at elsewhere
# (t/e2e/openapi.t).
sub read_document
{
	my $mpanel = "$ENV{MPANEL_BUILD}/mpanel";

	open my $out, '-|', $mpanel, 'openapi' or die "$mpanel: $!";
	my $text = do { local $/; <$out> };
	close $out;
	return JSON::PP->new->utf8->decode($text);
}

# Leave it where the tests find it.
sub keep
{
	my ($file) = @_;

	Storable::nstore(read_document(), $file);
}

# Literal segments win, as in the router, and the rest of a path comes last.
sub load
{
	my $file = $ENV{MPANEL_OPENAPI};

	$document = $file && -e $file ? Storable::retrieve($file)
		: read_document();
	$schema = MPanel::Schema->new($document);
	@paths = map { [$_, pattern($_)] }
		sort { ($a =~ /\{rest\}/) <=> ($b =~ /\{rest\}/)
		|| ($a =~ tr/{//) <=> ($b =~ tr/{//) || $a cmp $b }
		keys %{ $document->{paths} };
}

sub pattern
{
	my ($path) = @_;
	my $like = join '', map {
		$_ eq '{rest}' ? '.+' : /^\{/ ? '[^/]+' : quotemeta
	} split /(\{\w+\})/, $path;

	return qr/^$like$/;
}

sub document
{
	load() unless $document;
	return $document;
}

# The operation of a call; undef where there is none.
sub operation
{
	my ($method, $path) = @_;

	load() unless $document;
	$path =~ s/[?#].*//s;
	for my $row (@paths) {
		next unless $path =~ $row->[1];
		my $found = $document->{paths}{ $row->[0] }{lc $method};
		return $found if $found;
	}
	return undef;
}

# What is wrong with an answer; its body is decoded.
sub wrong
{
	my ($method, $path, $reply) = @_;

	return unless $path =~ m{^/(?:api|webhooks|\.well-known)/};
	my $does = operation($method, $path);
	my $status = $reply->{status};
	my ($type) = $reply->{headers}{'content-type'} =~ /^([^;\s]+)/;
	my $problem = $document->{components}{responses}{default};

	return ("$method $path is not in the document")
		if !$does && $status < 400;
	my $all = $does ? $does->{responses} : {};
	my $said = $schema->follow($all->{$status} // $problem);
	my $fits = $said->{content}{$type}
		// return "$method $path: $status as $type is not described";
	return unless $fits->{schema};
	return map { "$method $path: $status: $_" }
		$schema->wrong($fits->{schema}, $reply->{json});
}

1;
