# Signs and verifies with Perl's Crypt::JWT; what is asked and answered, mod.rs says.
use strict;
use warnings;
use Crypt::JWT qw(decode_jwt encode_jwt);
use JSON qw(decode_json encode_json);

sub answer {
    my ($one) = @_;
    my ($algorithm, $key) = @$one{qw(algorithm key)};
    if ($one->{claims}) {
        my $token = encode_jwt(
            payload       => $one->{claims},
            alg           => $algorithm,
            key           => $algorithm =~ /^HS/ ? $key : \$key,
            extra_headers => $one->{header},
        );
        return { token => $token };
    }
    my $claims = eval {
        decode_jwt(
            token        => $one->{token},
            key          => $key,
            accepted_alg => $algorithm,
            verify_exp   => 1,
            leeway       => 10,
        );
    };
    return { sub => $claims->{sub} } if $claims;
    return { refused => "expired" } if $@ =~ /exp claim check failed/;
    return { refused => "invalid", why => $@ };
}

local $/;
print encode_json([map { answer($_) } @{ decode_json(<STDIN>) }]);
