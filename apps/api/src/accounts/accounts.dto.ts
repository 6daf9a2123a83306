import { Doc, WellFormedText } from '@cairn/common';
import { IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';

/** As much as people can remember, and as much as is worth hashing. */
const PASSWORD = { least: 8, most: 1_024 };
const NAME_LENGTH = 200;
/** More than any token has, so that another kind of token is refused as one, and not for its length. */
const TOKEN_LENGTH = 8_192;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,190}$/;
const AN_EMAIL = { message: '$property must be an e-mail address, such as maria@example.org' };
/** No `@`: a user name is nobody's e-mail address. */
const USERNAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{2,49}$/;
const A_USERNAME = { message: '$property must be 3 to 50 letters, digits, dots, hyphens and underscores, and begin with a letter or digit' };

export class RegisterDto {
  @Doc('The e-mail address to log in with. It is the subject of the user.', 'maria@example.org')
  @IsString()
  @Matches(EMAIL, AN_EMAIL)
  @WellFormedText()
  email!: string;

  @Doc('At least 8 characters.')
  @IsString()
  @MinLength(PASSWORD.least)
  @MaxLength(PASSWORD.most)
  @WellFormedText()
  password!: string;

  @Doc('Another name to log in with: 3 to 50 letters, digits, dots, hyphens and underscores.', 'maria')
  @IsOptional()
  @IsString()
  @Matches(USERNAME, A_USERNAME)
  username?: string;

  @Doc('The name for people.', 'Maria Schmidt')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(NAME_LENGTH)
  @WellFormedText()
  full_name?: string;

  @Doc('The name of the new organisation.', 'Harbour office')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(NAME_LENGTH)
  @WellFormedText()
  organisation?: string;
}

export class LoginDto {
  @Doc('The e-mail address of the account; or give `username`.', 'maria@example.org')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(255)
  @WellFormedText()
  email?: string;

  @Doc('The user name of the account, or its e-mail address.', 'maria')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(255)
  @WellFormedText()
  username?: string;

  @Doc('The password.')
  @IsString()
  @MaxLength(PASSWORD.most)
  @WellFormedText()
  password!: string;
}

export class RefreshDto {
  @Doc('The refresh token of the last answer. It is good once.')
  @IsString()
  @MaxLength(TOKEN_LENGTH)
  refresh_token!: string;
}

export class LogoutDto {
  @Doc('A refresh token of the session to end; that of the access token when left out.')
  @IsOptional()
  @IsString()
  @MaxLength(TOKEN_LENGTH)
  refresh_token?: string;
}

export class ChangePasswordDto {
  @Doc('The password until now.')
  @IsString()
  @MaxLength(PASSWORD.most)
  @WellFormedText()
  current_password!: string;

  @Doc('The password from now on: at least 8 characters.')
  @IsString()
  @MinLength(PASSWORD.least)
  @MaxLength(PASSWORD.most)
  @WellFormedText()
  new_password!: string;
}

export class AcceptInvitationDto {
  @Doc('The invitation, as an admin got it.')
  @IsString()
  @MaxLength(TOKEN_LENGTH)
  token!: string;

  @Doc('At least 8 characters.')
  @IsString()
  @MinLength(PASSWORD.least)
  @MaxLength(PASSWORD.most)
  @WellFormedText()
  password!: string;

  @Doc('Another name to log in with: 3 to 50 letters, digits, dots, hyphens and underscores.', 'maria')
  @IsOptional()
  @IsString()
  @Matches(USERNAME, A_USERNAME)
  username?: string;

  @Doc('The name for people.', 'Maria Schmidt')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(NAME_LENGTH)
  @WellFormedText()
  full_name?: string;
}
