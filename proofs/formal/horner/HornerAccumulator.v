(** * HornerAccumulator (S1): the two-neuron accumulator is exact.

    Inputs u_j >= 0 (j < m) come with signs [s j] and digits [b j], K of each, most significant
    first. An accumulator is a pair (a, a'); at each stage both halves become relu(a + a' + their
    digits), where digit t of input j enters through the first half if [side t j] and through the
    second if not. As long as every value [val (s j) (b j)] is >= 0, no ReLU ever clips, and after t
    stages a + a' is the sum over j of (Horner prefix t of j) * u_j; after all K it is the sum of
    val_j * u_j. *)
Require Import ZArith Reals List Lra Lia.
From Pmone Require Import Sums Expansion.
Import ListNotations.
Open Scope R_scope.

Section Accumulator.
Variables (m K : nat) (s b : nat -> list bool) (side : nat -> nat -> bool) (u : nat -> R).

Definition digit (t j : nat) : Z := (sg (nth t (s j) true) * bit (nth t (b j) false))%Z.
(** what half [h] of the accumulator receives at stage t *)
Definition drive (h : bool) (t : nat) : R :=
  rsum (fun j => IZR (if Bool.eqb (side t j) h then digit t j else 0) * u j) (seq 0 m).

Fixpoint acc (t : nat) : R * R :=
  match t with
  | O => (0, 0)
  | S t' => let c := fst (acc t') + snd (acc t') in (relu (c + drive true t'),
    relu (c + drive false t'))
  end.

Definition H (t : nat) : R := rsum (fun j => IZR (hpre (s j) (b j) t) * u j) (seq 0 m).

Hypothesis u_nonneg : forall j, (j < m)%nat -> 0 <= u j.
Hypothesis s_len : forall j, (j < m)%nat -> length (s j) = K.
Hypothesis b_len : forall j, (j < m)%nat -> length (b j) = K.
Hypothesis val_nonneg : forall j, (j < m)%nat -> (0 <= val (s j) (b j))%Z.

Lemma H_drive h t : (t < K)%nat -> 0 <= H t + drive h t.
Proof.
  intros Ht. unfold H, drive. rewrite <- rsum_plus. apply rsum_nonneg. intros j Hj.
  apply in_seq in Hj.
  rewrite <- Rmult_plus_distr_r, <- plus_IZR. apply Rmult_le_pos; [|apply u_nonneg; lia].
  apply IZR_le.
  assert (L : length (b j) = length (s j)) by (rewrite b_len, s_len; lia).
  assert (Ht' : (t < length (s j))%nat) by (rewrite s_len; lia).
  pose proof (E2_nonneg (s j) (b j) t L (val_nonneg j ltac:(lia))).
  pose proof (E2_positive (s j) (b j) t L Ht' (val_nonneg j ltac:(lia))) as P.
  unfold digit. destruct (Bool.eqb (side t j) h); [|lia].
  destruct (nth t (s j) true), (nth t (b j) false); cbn [sg bit] in *; lia.
Qed.

Lemma H_S t : (t < K)%nat -> H (S t) = 2 * H t + drive true t + drive false t.
Proof.
  intros Ht. unfold H, drive. rewrite <- rsum_scal, <- !rsum_plus. apply rsum_ext.
  intros j Hj. apply in_seq in Hj. rewrite E2_step by (rewrite ?b_len, ?s_len; lia).
  fold (digit t j). rewrite plus_IZR, mult_IZR. destruct (side t j); cbn [Bool.eqb]; ring.
Qed.

(** S1: after t stages the accumulator holds exactly H t *)
Theorem S1_stage_exact t : (t <= K)%nat -> fst (acc t) + snd (acc t) = H t.
Proof.
  induction t as [|t IH]; intros Ht.
  - cbn. unfold H. rewrite rsum_zero; [lra|]. intros j _. rewrite hpre_0. lra.
  - cbn [acc fst snd]. rewrite IH by lia.
    rewrite !relu_id by (apply H_drive; lia).
    rewrite H_S by lia. lra.
Qed.

(** no clipping: every pre-activation is >= 0 *)
Theorem S1_no_clip h t : (t < K)%nat -> 0 <= fst (acc t) + snd (acc t) + drive h t.
Proof. intros Ht. rewrite S1_stage_exact by lia. apply H_drive; auto. Qed.

Theorem S1_value : fst (acc K) + snd (acc K) = rsum (fun j =>
  IZR (val (s j) (b j)) * u j) (seq 0 m).
Proof.
  rewrite S1_stage_exact by lia. unfold H. apply rsum_ext. intros j Hj. apply in_seq in Hj.
  do 2 f_equal.
  rewrite <- (s_len j) by lia. apply hpre_all. rewrite b_len, s_len; lia.
Qed.

Lemma acc_nonneg t : (t <= K)%nat -> 0 <= fst (acc t) + snd (acc t).
Proof.
  destruct t; intros; cbn [acc fst snd]; [lra|]. apply Rplus_le_le_0_compat; apply relu_nonneg.
Qed.
End Accumulator.

(** val >= 0 cannot be dropped: with K = 1, sign -1, value -1, input 1 the accumulator clips *)
Example S1_needs_nonneg :
  val [false] [true] = (-1)%Z /\
  let a := acc 1 (fun _ => [false]) (fun _ => [true]) (fun _ _ => true) (fun _ => 1) 1 in
  fst a + snd a <> -1.
Proof.
  split; [reflexivity|]. cbv zeta. cbn [acc fst snd].
  match goal with |- relu ?x + relu ?y <> _ => pose proof (relu_nonneg x);
    pose proof (relu_nonneg y) end. lra.
Qed.
