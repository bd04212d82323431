(** * BlocksEvaluate: the conditions and the numbers of B4 as programs on integers.

    Tolerances are given as fractions of integers, eps = en/ed and delta = dn/dd.
    - [blocks_ok] decides in exact integer arithmetic whether a plan (widths, p, B) meets the
      conditions of B4_plan; [blocks_ok_sound] is the theorem for the plans it accepts.
      [blocks_least] says that no smaller p or B would do.
    - [blocks_numbers] computes p, B, N, L and P of B4_theorem; [blocks_numbers_correct] says that
      these are the functions of BlocksMain.v.
    All are meant for vm_compute (evaluate.py). *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Probability Network Quantize Explicit Integers.
From Pmone Require Import BlocksPlan BlocksEvent BlocksMain.
Import ListNotations.
Open Scope Z_scope.

(** ** the failure sum, times 6 8^B *)
Section Sum.
Variable T : blocks.
Local Notation p := (Z.of_nat (b_p T)).
Local Notation B := (b_B T).
Local Notation l := (b_l T).
Definition m_ (i : nat) : Z := Z.of_nat (bins T i).
Definition n_ (i : nat) : Z := Z.of_nat (bouts T i).
Definition zblocks : Z := 2 * m_ 0 + zsum (fun i => m_ i * (p * (p + 3))) (seq 0 l).
Definition zcopies : Z :=
  2 * (p + 1) * (zsum (fun i => 2 * m_ i * n_ i) (seq 0 (l - 1)) + m_ (l - 1) * n_ (l - 1)).
Definition zfail : Z := zblocks * zp 6 B * (3 + Z.of_nat B) + 6 * zcopies * zp 7 B.

Open Scope R_scope.
Lemma zblocks_ok : IZR zblocks = 2 * blocks_count T.
Proof.
  unfold zblocks, blocks_count, m_. rewrite plus_IZR, mult_IZR, zsum_IZR, <- INR_IZR_INZ,
    Rmult_plus_distr_l. f_equal.
  rewrite <- rsum_scal. apply rsum_ext. intros i _.
  rewrite !mult_IZR, plus_IZR, <- !INR_IZR_INZ. field.
Qed.
Lemma zcopies_ok : IZR zcopies = 2 * (INR (b_p T) + 1) * copies_count_sum T.
Proof.
  unfold zcopies, copies_count_sum, m_, n_. rewrite !mult_IZR, !plus_IZR, zsum_IZR, mult_IZR,
    <- !INR_IZR_INZ.
  do 2 f_equal. apply rsum_ext. intros i _. rewrite !mult_IZR, <- !INR_IZR_INZ. auto.
Qed.
Lemma zfail_ok : IZR zfail = fail_sum T * (6 * 8 ^ B).
Proof.
  unfold zfail, fail_sum. rewrite plus_IZR, !mult_IZR, plus_IZR, zblocks_ok, zcopies_ok, !zp_IZR,
    <- INR_IZR_INZ.
  assert (S6 : 6 ^ B = (3/4) ^ B * 8 ^ B) by (rewrite <- Rpow_mult_distr; f_equal; field).
  assert (S7 : 7 ^ B = (7/8) ^ B * 8 ^ B) by (rewrite <- Rpow_mult_distr; f_equal; field).
  rewrite S6, S7. field.
Qed.
End Sum.

(** ** the decision *)
Definition blocks_of (ds : list nat) (p B : nat) : blocks :=
  blocks_plan (widths_of ds) (length ds - 1) p B.
Definition fail_ok (T : blocks) (dn dd : Z) : bool := zfail T * dd <=? dn * (6 * zp 8 (b_B T)).
Definition blocks_ok (ds : list nat) (en ed dn dd : Z) (p B : nat) : bool :=
  (2 <=? length ds)%nat && (1 <=? p)%nat && (2 <=? B)%nat && (0 <? ed) && (0 <? dd) &&
  bits_ok ds en ed p && fail_ok (blocks_of ds p B) dn dd.

Open Scope R_scope.
Theorem blocks_ok_sound : forall ds en ed dn dd p B, blocks_ok ds en ed dn dd p B = true ->
  forall nm : Norm,
  let T := blocks_of ds p B in
  at_least (1 - IZR dn / IZR dd)
    (coords_of (shape (b_dims T 0%nat) (bwidth T) (bdepth T) (b_dims T (b_l T))) (bdepth T))
    (contains nm (b_dims T) (b_l T) (bwidth T) (bdepth T) (bshift T) (IZR en / IZR ed)).
Proof.
  intros ds en ed dn dd p B H nm T. unfold blocks_ok in H. rewrite !andb_true_iff in H.
  destruct H as ((((((H1 & H2) & H3) & H4) & H5) & H6) & H7).
  apply Nat.leb_le in H1, H2, H3. apply Z.ltb_lt in H4, H5.
  apply (B4_plan nm (widths_of ds) (length ds - 1) p B (list_max ds)); auto; try lia.
  - intros i _. apply nth_le_max.
  - apply (bits_ok_sound ds en ed p); auto.
  - apply Z.leb_le, IZR_le in H7. rewrite !mult_IZR, zfail_ok, zp_IZR in H7.
    fold (blocks_of ds p B). cbn [b_B blocks_of blocks_plan] in H7.
    assert (D0 : 0 < IZR dd) by (apply IZR_lt; auto).
    assert (Q : 0 < 8 ^ B) by (apply pow_lt; lra).
    apply Rmult_le_reg_r with ((6 * 8 ^ B) * IZR dd); [apply Rmult_lt_0_compat; lra|].
    replace (IZR dn / IZR dd * (6 * 8 ^ B * IZR dd)) with (IZR dn * (6 * 8 ^ B)) by (field; lra).
    lra.
Qed.

(** no smaller p >= 1 meets Q1's condition, and no smaller B >= 2 the bound on the failure sum *)
Definition blocks_least (ds : list nat) (en ed dn dd : Z) (p B : nat) : bool :=
  match p with O | 1%nat => true | S p' => negb (bits_ok ds en ed p') end &&
  forallb (fun B' => negb (fail_ok (blocks_of ds p B') dn dd)) (seq 2 (B - 2)).

(** ** the numbers of B4_theorem *)
Record BlocksNumbers := { bn_p : nat; bn_B : nat; bn_N : nat; bn_L : nat; bn_P : nat }.
Definition blocks_numbers (fuel d l : nat) (en ed dn dd : Z) : option BlocksNumbers :=
  let X := (Z.of_nat d * Z.of_nat l)%Z in
  match zclog fuel 2 1 (X * ed) en with
  | Some bits =>
      let p := Nat.max 1 bits in
      match zclog fuel 8 7 (4 * X * (Z.of_nat p + 1) * (X + Z.of_nat p) * dd) dn with
      | Some B => Some {| bn_p := p; bn_B := B; bn_N := (2 * d * (p + 1) * B)%nat;
                          bn_L := (1 + l * (p + 1))%nat; bn_P := (p * l)%nat |}
      | None => None
      end
  | None => None
  end.

Theorem blocks_numbers_correct : forall fuel d l en ed dn dd r, (0 < en)%Z -> (0 < ed)%Z ->
  (0 < dn)%Z -> (0 < dd)%Z ->
  blocks_numbers fuel d l en ed dn dd = Some r ->
  let eps := IZR en / IZR ed in let delta := IZR dn / IZR dd in
  bn_p r = BlocksBits d l eps /\ bn_B r = BlockSize d l eps delta /\
  bn_N r = BlocksWidth d l eps delta /\ bn_L r = BlocksDepth d l eps /\
    bn_P r = BlocksShift d l eps.
Proof.
  intros fuel d l en ed dn dd r He He' Hd Hd' H eps delta. unfold blocks_numbers in H.
  destruct (zclog fuel 2 1 _ en) as [bits|] eqn:Ep; [|discriminate].
  destruct (zclog fuel 8 7 _ dn) as [B|] eqn:EB; [|discriminate]. injection H as <-.
  cbn [bn_p bn_B bn_N bn_L bn_P].
  apply zclog_ok in Ep; [|lia|auto]. apply zclog_ok in EB; [|lia|auto].
  apply IZR_lt in He, He', Hd, Hd'.
  assert (P1 : Nat.max 1 bits = BlocksBits d l eps).
  { unfold BlocksBits. f_equal. rewrite <- Ep. unfold Bits. f_equal; [lra|].
    unfold eps. rewrite !mult_IZR, <- !INR_IZR_INZ. field. lra. }
  assert (P2 : B = BlockSize d l eps delta).
  { rewrite <- EB. unfold BlockSize. f_equal. rewrite <- P1. unfold delta.
    rewrite !mult_IZR, !plus_IZR, !mult_IZR, <- !INR_IZR_INZ. field. lra. }
  unfold BlocksWidth, BlocksDepth, BlocksShift. rewrite <- P1, <- P2. repeat split; auto.
Qed.
